"""Addresses of customers and of their ways to pay: what a rule lets through, and what is shown."""

from __future__ import annotations

from typing import Any

from lab.stripe_standin.constants import Json

_KEYS = ("city", "country", "line1", "line2", "postal_code", "state")


def full_address(address: dict[str, Any] | None) -> Json | None:
    """Every part of an address, None where it was not told."""
    return {key: address.get(key) for key in _KEYS} if address is not None else None
