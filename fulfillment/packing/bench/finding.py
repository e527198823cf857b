"""What waits to be packed, and what a packer scans: a tote, an order, a parcel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.db.models import Exists, F, IntegerField, Min, OuterRef, QuerySet, Subquery, Sum

from coop.models import Node
from fulfillment.orders.models import Allocation, Order, OrderLine
from fulfillment.packing.models import Shipment
from fulfillment.packing.numbers import as_scanned
from fulfillment.picking.models import PickTask

# "C1-3" or "C1/3": the third place on cart C1.
_TOTE = re.compile(r"^(?P<cart>.+)[-/ ](?P<tote>\d{1,3})$")


@dataclass(frozen=True)
class Found:
    """A parcel that has a label, or orders that wait to be packed; several when two members use one number."""

    shipment: Shipment | None = None
    orders: list[Order] = field(default_factory=list)


def find(node: Node, text: str) -> Found:
    """What this code means at this node's bench; empty when it means nothing."""
    code = text.strip()
    shipment = Shipment.objects.filter(node=node, number=as_scanned(code)).first()
    if shipment is not None:
        return Found(shipment=shipment)
    waiting = orders_to_pack(node)
    orders = list(waiting.filter(number__iexact=code)[:20]) or list(_in_tote(waiting, node, code)[:20])
    if orders:
        return Found(orders=orders)
    begun = Shipment.objects.filter(node=node, order__number__iexact=code).order_by("-started_at").first()
    return Found(shipment=begun)


def _in_tote(waiting: QuerySet[Order], node: Node, code: str) -> QuerySet[Order]:
    match = _TOTE.match(code)
    if match is None:
        return waiting.none()
    tasks = PickTask.objects.filter(
        node=node, batch__cart__code__iexact=match["cart"], tote=int(match["tote"]), quantity_picked__gt=0
    )
    return waiting.filter(pk__in=tasks.values("order"))


def orders_to_pack(node: Node) -> QuerySet[Order]:
    """Orders whose goods at this node all lie in totes, the earliest promise first; none that is on a bench.

    Each has `pieces` in the totes, `due` (its promise) and `missing`: pieces that are neither here nor promised
    anywhere, so that its parcel would go without them.
    """
    here = Allocation.objects.filter(node=node, order=OuterRef("pk"))
    unpacked = here.filter(state=Allocation.State.PICKED, shipment_item__isnull=True)
    to_come = here.filter(state__in=[Allocation.State.QUEUED, Allocation.State.WAVED])
    on_bench = Shipment.objects.filter(node=node, order=OuterRef("pk"), state=Shipment.State.PACKING)
    return (
        Order.objects.filter(
            pk__in=Allocation.objects.filter(
                node=node, state=Allocation.State.PICKED, shipment_item__isnull=True
            ).values("order_id")
        )
        .filter(~Exists(to_come), ~Exists(on_bench))
        .annotate(
            pieces=_sum_of(unpacked, Sum("quantity")),
            due=Subquery(unpacked.order_by().values("order").annotate(due=Min("ship_by")).values("due")),
            missing=_sum_of(
                OrderLine.objects.filter(order=OuterRef("pk")),
                Sum(F("quantity") - F("quantity_cancelled") - F("quantity_allocated")),
            ),
        )
        .select_related("member")
        .order_by(F("due").asc(nulls_last=True), "pk")
    )


def _sum_of(rows: QuerySet, what: Sum) -> Subquery:
    """The sum over an order's rows, as a column of the order."""
    return Subquery(
        rows.order_by().values("order").annotate(total=what).values("total"), output_field=IntegerField()
    )


def totes_of(orders: list[Order]) -> dict[object, str]:
    """Where each order's goods stand: "C1-3", for the list at the bench."""
    found: dict[object, str] = {}
    tasks = (
        PickTask.objects.filter(order__in=[o.pk for o in orders], quantity_picked__gt=0)
        .select_related("batch__cart")
        .order_by("picked_at")
    )
    for task in tasks:
        found[task.order_id] = (
            f"{task.batch.cart.code}-{task.tote}" if task.batch.cart else f"tote {task.tote}"
        )
    return found
