"""Walks hear that orders were cancelled."""

from __future__ import annotations

from uuid import UUID

from coop.runtime.models import OutboxMessage
from fulfillment.orders.events import cancelled_in_wave
from fulfillment.picking import services


@cancelled_in_wave.heard("picking.cancelled")
def pass_by(message: OutboxMessage) -> None:
    """Nobody needs to set out for these any more."""
    services.pass_by(order_ids=[UUID(pk) for pk in message.payload["orders"]])
