from __future__ import annotations

from collections.abc import Iterator

from fulfillment.orders.models import Order
from fulfillment.orders.story import Event, event, tells
from fulfillment.packing.models import Shipment


@tells
def packed_and_shipped(order: Order) -> Iterator[Event]:
    """Its parcels: closed, and handed over."""
    for parcel in Shipment.objects.filter(order=order).select_related("node"):
        if parcel.packed_at:
            yield event(f"Parcel {parcel.number} packed at {parcel.node}", parcel.packed_at)
        if parcel.shipped_at:
            carrier = f" to {parcel.carrier}" if parcel.carrier else ""
            yield event(f"Parcel {parcel.number} handed over{carrier}", parcel.shipped_at, tone="good")
