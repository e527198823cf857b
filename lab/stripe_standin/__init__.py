"""A local stand-in for Stripe's HTTP API: for demos and tests, on the loopback interface, without money."""

from __future__ import annotations

from lab.stripe_standin.constants import API_VERSION
from lab.stripe_standin.server import StandIn

__all__ = ["API_VERSION", "StandIn"]
