"""Out of the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.models import Node, User
from coop.runtime import failpoints, outbox
from fulfillment.activity.models import Kind
from fulfillment.activity.services import record
from fulfillment.inventory.models import StockMove
from fulfillment.inventory.services import Move, move_stock
from fulfillment.orders.models import Order
from fulfillment.orders.services import note_shipped
from fulfillment.packing.errors import CarrierMissing, LeftAlready, NothingChosen, NotPacked
from fulfillment.packing.models import Shipment, ShipmentItem
from fulfillment.packing.services.parcels import Contents, goods_of, work

failpoints.declare("fulfillment.packing.moved", "fulfillment.packing.shipped")

MAIL_TOPIC = "mail.shipped"
ITEM = "fulfillment.ShipmentItem"
# So many parcels are named in a sentence; it has to be read at a dock.
_NAMED = 8


@act
def hand_over(*, shipments: Sequence[Shipment], carrier: str, by: User | None) -> list[Shipment]:
    """Hand the chosen parcels to a carrier, all or none: who stands at the dock has those in hand and no others.

    Raises NothingChosen, LeftAlready for what somebody else handed over meanwhile, and what `ship` raises.
    """
    if not shipments:
        raise NothingChosen(_("Tick the parcels that the carrier takes."))
    lock_rows(Order.objects.filter(pk__in={s.order_id for s in shipments}).only("pk"))
    locked = lock_rows(Shipment.objects.filter(pk__in=[s.pk for s in shipments]))
    left = [s.number for s in locked if s.state == Shipment.State.SHIPPED]
    if left:
        raise LeftAlready(_left_already(left))
    return ship_all(shipments=locked, carrier=carrier, by=by, tracking={})


def _left_already(numbers: Sequence[str]) -> str:
    named, more = ", ".join(numbers[:_NAMED]), len(numbers) - _NAMED
    if more > 0:
        named = _("%(parcels)s and %(more)d more") % {"parcels": named, "more": more}
    return ngettext(
        "Parcel %(parcels)s has been handed over already. Nothing else has left now: look at the ticks and send again.",
        "Parcels %(parcels)s have been handed over already. Nothing else has left now: look at the ticks and send again.",
        len(numbers),
    ) % {"parcels": named}


@act
def ship(
    *,
    shipments: Sequence[Shipment],
    carrier: str,
    by: User | None,
    tracking: Mapping[UUID, str] | None = None,
) -> list[Shipment]:
    """Hand packed parcels to a carrier: the goods leave the stock, the buyer is written to.

    `tracking` are the carrier's own numbers by shipment id, where it gave any. A parcel that left before stays as it
    left. Raises NotPacked, CarrierMissing; then none has left.
    """
    return ship_all(shipments=shipments, carrier=carrier, by=by, tracking=tracking or {})


def ship_all(
    *,
    shipments: Sequence[Shipment],
    carrier: str,
    by: User | None,
    tracking: Mapping[UUID, str],
    goods: Contents | None = None,
) -> list[Shipment]:
    """The same in the caller's transaction; `goods` when they are read already."""
    carrier = carrier.strip()
    if not carrier:
        raise CarrierMissing("Who takes the parcels? Name the carrier.", field="carrier")
    ids = [s.pk for s in shipments]
    lock_rows(Order.objects.filter(pk__in={s.order_id for s in shipments}).only("pk"))
    locked = lock_rows(Shipment.objects.filter(pk__in=ids).select_related("order"))
    for shipment in locked:
        if shipment.state == Shipment.State.PACKING:
            raise NotPacked(f"Parcel {shipment.number} is still on the bench. Pack it first.")
    leaving = [s for s in locked if s.state == Shipment.State.PACKED]
    if leaving:
        _send(leaving, carrier, by, tracking, goods)
    return locked


def _send(
    shipments: Sequence[Shipment],
    carrier: str,
    by: User | None,
    tracking: Mapping[UUID, str],
    goods: Contents | None,
) -> None:
    now = clock.now()
    worker_id = by.pk if by else None
    items = list(
        ShipmentItem.objects.filter(shipment__in=[s.pk for s in shipments]).select_related(
            "allocation__stock"
        )
    )
    move_stock(moves=[_move(item, worker_id) for item in items])
    failpoints.reach("fulfillment.packing.moved")
    for shipment in shipments:
        shipment.state, shipment.shipped_at, shipment.carrier = Shipment.State.SHIPPED, now, carrier
        shipment.tracking = tracking.get(shipment.pk, "")
    _write(shipments, tracking)
    goods = goods_of(s.pk for s in shipments) if goods is None else goods
    nodes = Node.objects.in_bulk({s.node_id for s in shipments})
    record([work(Kind.SHIP, nodes[s.node_id], s, goods[s.pk], by) for s in shipments])
    note_shipped(allocation_ids=[item.allocation_id for item in items])
    outbox.enqueue_many(
        topic=MAIL_TOPIC,
        messages={f"shipped:{s.pk}": {"shipment": str(s.pk)} for s in shipments if s.order.buyer_email},
    )
    failpoints.reach("fulfillment.packing.shipped")


def _write(shipments: Sequence[Shipment], tracking: Mapping[UUID, str]) -> None:
    first = shipments[0]
    Shipment.objects.filter(pk__in=[s.pk for s in shipments]).update(
        state=Shipment.State.SHIPPED, shipped_at=first.shipped_at, carrier=first.carrier
    )
    numbered = [s for s in shipments if s.pk in tracking]
    Shipment.objects.bulk_update(numbered, ["tracking"], batch_size=500)


def _move(item: ShipmentItem, worker_id: UUID | None) -> Move:
    stock = item.allocation.stock
    return Move(
        sku_id=item.sku_id,
        member_id=item.allocation.member_id,
        node_id=item.allocation.node_id,
        quantity=item.quantity,
        reason=StockMove.Reason.SHIPPED,
        source_type=ITEM,
        source_id=item.pk,
        from_bin_id=stock.bin_id,
        lot_id=stock.lot_id,
        worker_id=worker_id,
        promised=True,
    )
