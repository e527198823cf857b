"""What changes orders: placed, allocated, told by the floor, cancelled, imported."""

from __future__ import annotations

from fulfillment.orders.checking import LineInput, OrderInput
from fulfillment.orders.services.allocating import Allocated, allocate_orders
from fulfillment.orders.services.cutting import Cut, cut_lines, send_what_is_there
from fulfillment.orders.services.handling import (
    PickedPart,
    cancel_order,
    cancel_orders,
    lock_orders_of,
    note_picked,
    note_shipped,
    note_waved,
)
from fulfillment.orders.services.importing import (
    Imported,
    MappingInvalid,
    RowsBroken,
    delete_mapping,
    import_orders,
    keep_columns,
    mapping_options,
    plan_import,
    save_mapping,
)
from fulfillment.orders.services.placing import Placed, open_channel, place_by_hand, place_orders, take_orders

__all__ = [
    "Allocated",
    "Cut",
    "Imported",
    "LineInput",
    "MappingInvalid",
    "OrderInput",
    "PickedPart",
    "Placed",
    "RowsBroken",
    "allocate_orders",
    "cancel_order",
    "cancel_orders",
    "cut_lines",
    "delete_mapping",
    "import_orders",
    "keep_columns",
    "lock_orders_of",
    "mapping_options",
    "note_picked",
    "note_shipped",
    "note_waved",
    "open_channel",
    "place_by_hand",
    "place_orders",
    "plan_import",
    "save_mapping",
    "send_what_is_there",
    "take_orders",
]
