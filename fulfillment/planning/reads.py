"""What somebody should decide next: goods that will run out, drops to announce, how full the nodes are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from coop.kernel import clock
from coop.models import Node, Sku
from coop.web.maps import Mark
from fulfillment.capacity.models import PoolDay
from fulfillment.drops.models import Drop, DropLeg
from fulfillment.inventory.models import Stock
from fulfillment.orders.models import OrderLine
from fulfillment.packing.models import Shipment

# A SKU's pace is what was ordered in these days; who has less than the cover left should hear of it.
PACE_DAYS = 28
COVER_DAYS = 10


@dataclass(frozen=True)
class RunningOut:
    """A SKU, what is left to promise, and for how many days that lasts at the pace of the last weeks."""

    sku: Sku
    available: int
    days: int


def running_out(skus: QuerySet[Sku], *, most: int = 5) -> list[RunningOut]:
    """Those of `skus` that sell and last less than COVER_DAYS, the soonest first."""
    since = clock.now() - dt.timedelta(days=PACE_DAYS)
    sold = (
        OrderLine.objects.filter(sku=OuterRef("pk"), order__placed_at__gte=since)
        .exclude(order__state="cancelled")
        .values("sku")
        .annotate(n=Sum("quantity"))
        .values("n")
    )
    left = (
        Stock.objects.filter(sku=OuterRef("pk"))
        .values("sku")
        .annotate(n=Sum(F("on_hand") - F("allocated")))
        .values("n")
    )
    # Multiplied out: integer division would take a SKU with nothing left for well stocked.
    rows = skus.annotate(
        sold=Coalesce(Subquery(sold), 0),
        left=Coalesce(Subquery(left), 0),
        spare=F("left") * PACE_DAYS - F("sold") * COVER_DAYS,
    ).filter(sold__gt=0, spare__lt=0)
    found = [RunningOut(sku, sku.left, sku.left * PACE_DAYS // sku.sold) for sku in rows]
    return sorted(found, key=lambda row: (row.days, row.sku.code))[:most]


def to_announce(drops: QuerySet[Drop], *, days: int = 14) -> Iterable[Drop]:
    """Reserved drops of which goods must be announced within `days`, the most urgent first, each with its `leg`."""
    soon = (clock.now(), clock.now() + dt.timedelta(days=days))
    legs = DropLeg.objects.filter(
        drop__in=drops.filter(state="reserved"), asn=None, run__announce_by__range=soon
    )
    found: dict[UUID, Drop] = {}
    for leg in legs.select_related("drop", "run__cycle__node").order_by("run__announce_by"):
        leg.drop.leg = leg  # type: ignore[attr-defined] # for the template
        found.setdefault(leg.drop_id, leg.drop)
    return list(found.values())[:5]


def parcels_shipped(*, days: int = 30) -> int:
    """Parcels that left all nodes in the last `days`."""
    return Shipment.objects.filter(shipped_at__gte=clock.now() - dt.timedelta(days=days)).count()


@dataclass(frozen=True)
class NodeLoad:
    """How a node is doing: shelf slots taken today, SKUs that lie there, parcels of the last 30 days and per square metre."""

    node: Node
    booked: int
    capacity: int
    skus: int
    parcels: int

    @property
    def percent(self) -> int:
        """Slots taken, in percent."""
        return round(100 * self.booked / self.capacity) if self.capacity else 0

    @property
    def density(self) -> float:
        """Parcels in 30 days for each square metre."""
        return self.parcels / self.node.area_m2 if self.node.area_m2 else 0.0


def node_loads(nodes: Iterable[Node]) -> list[NodeLoad]:
    """The load of each node; three queries however many there are."""
    today = clock.today("UTC")
    slots: dict[UUID, tuple[int, int]] = {
        node: (taken, there)
        for node, taken, there in PoolDay.objects.filter(day=today, pool__kind="shelf")
        .values_list("pool__node")
        .annotate(taken=Sum("booked"), there=Sum("capacity"))
    }
    skus = dict(
        Stock.objects.filter(on_hand__gt=0).values_list("node").annotate(n=Count("sku", distinct=True))
    )
    since = clock.now() - dt.timedelta(days=30)
    parcels = dict(Shipment.objects.filter(shipped_at__gte=since).values_list("node").annotate(n=Count("pk")))
    return [
        NodeLoad(
            node=node,
            booked=slots.get(node.pk, (0, 0))[0],
            capacity=slots.get(node.pk, (0, 0))[1],
            skus=skus.get(node.pk, 0),
            parcels=parcels.get(node.pk, 0),
        )
        for node in nodes
    ]


# On the map a node is told by its tier's shape.
_SHAPES = {"same_day": "circle", "next_day": "square", "hub": "diamond"}
_NEARLY_FULL, _FULL = 85, 100


def node_mark(load: NodeLoad, url: str = "") -> Mark:
    """A node on a map: its shape is its tier, its ring the slots taken today."""
    node, known = load.node, bool(load.capacity)
    words = f"{node.get_tier_display()}, {load.percent} % taken" if known else node.get_tier_display()
    tone = "bad" if load.percent >= _FULL else "warn" if load.percent >= _NEARLY_FULL else ""
    return Mark(
        label=node.name,
        latitude=node.latitude,
        longitude=node.longitude,
        note=words if node.is_open else f"{node.get_tier_display()}, closed",
        shape=_SHAPES.get(node.tier, "circle"),
        level=load.percent if known else None,
        tone=tone if node.is_open else "quiet",
        url=url,
    )
