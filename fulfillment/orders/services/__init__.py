"""What changes orders: placed, allocated, told by the floor, cancelled, imported."""

from __future__ import annotations

from fulfillment.orders.checking import LineInput, OrderInput
from fulfillment.orders.services.allocating import Allocated, allocate_orders
from fulfillment.orders.services.handling import (
    PickedPart,
    cancel_order,
    lock_orders_of,
    note_picked,
    note_shipped,
    note_unwaved,
    note_waved,
)
from fulfillment.orders.services.placing import Placed, open_channel, place_orders

__all__ = [
    "Allocated",
    "LineInput",
    "OrderInput",
    "PickedPart",
    "Placed",
    "allocate_orders",
    "cancel_order",
    "lock_orders_of",
    "note_picked",
    "note_shipped",
    "note_unwaved",
    "note_waved",
    "open_channel",
    "place_orders",
]
