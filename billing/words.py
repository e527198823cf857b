"""Words around figures."""

from __future__ import annotations


def amount_of(quantity: int, unit: str) -> str:
    """3 pieces, 1 piece."""
    return f"{quantity} {unit}" if abs(quantity) == 1 else f"{quantity} {unit}s"
