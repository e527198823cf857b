"""What the pages of a drop tell: what comes with each leg, what is reserved, what was sold when, how far the work is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncHour

from coop.kernel import clock
from coop.kernel.ids import derived
from coop.kernel.totals import beside
from coop.models import Node, Sku
from fulfillment.activity.models import Activity, Kind
from fulfillment.capacity.models import Booking, CancellationFee
from fulfillment.drops.models import Drop, DropLeg, DropLine
from fulfillment.drops.plan.inputs import DropInput, LegInput
from fulfillment.inventory.models import Asn, Receipt
from fulfillment.orders.models import Allocation
from fulfillment.packing.models import Shipment
from fulfillment.picking.models import PickTask

# More hours than these make no readable chart; a long drop is shown by its first two days.
CHART_HOURS = 48


@dataclass(frozen=True, slots=True)
class GoodsOnLeg:
    """So many of a SKU are to come with a leg; so many are announced, so many have come."""

    sku: Sku
    wanted: int
    announced: int
    received: int

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.received)


@dataclass(slots=True)
class LegTold:
    """One leg with its goods and what is reserved for it."""

    leg: DropLeg
    goods: list[GoodsOnLeg]
    bookings: list[Booking] = field(default_factory=list)

    @property
    def node(self) -> Node:
        return self.leg.run.cycle.node

    @property
    def wanted(self) -> int:
        return sum(line.wanted for line in self.goods)

    @property
    def received(self) -> int:
        return sum(line.received for line in self.goods)

    @property
    def can_be_announced(self) -> bool:
        """Whether its goods are still to be announced, and its run still takes them."""
        leg = self.leg
        return leg.asn_id is None and leg.drop.waits_for_goods and leg.run.announce_by >= clock.now()

    @property
    def is_late(self) -> bool:
        leg = self.leg
        return leg.asn_id is None and leg.drop.waits_for_goods and leg.run.announce_by < clock.now()


def legs_told(drop: Drop, node: Node | None = None) -> list[LegTold]:
    """The legs of a drop (at one node), four queries however many there are."""
    legs = drop.legs.select_related("run__cycle__node", "asn", "drop").order_by("run__dock_from", "pk")
    if node is not None:
        legs = legs.filter(run__cycle__node=node)
    found = [LegTold(leg, _goods(leg)) for leg in legs.prefetch_related("lines__sku", "asn__lines")]
    groups = {told.leg.bookings_id: told for told in found if told.leg.bookings_id}
    rows = Booking.objects.live().filter(group__in=list(groups)).select_related("pool__node")
    for booking in rows.order_by("first_day", "pool__kind", "pk"):
        if booking.group_id in groups:
            groups[booking.group_id].bookings.append(booking)
    return found


def _goods(leg: DropLeg) -> list[GoodsOnLeg]:
    announced: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for line in leg.asn.lines.all() if leg.asn else ():
        announced[line.sku_id][0] += line.quantity_expected
        announced[line.sku_id][1] += line.quantity_received
    lines = sorted(leg.lines.all(), key=lambda line: line.sku.code)
    return [GoodsOnLeg(line.sku, line.quantity, *announced[line.sku_id]) for line in lines]


@dataclass(frozen=True, slots=True)
class Handled:
    """Pieces of a drop's orders, by how far the work is."""

    promised: int
    picked: int
    shipped: int


def handled(drop: Drop) -> Handled:
    """One query."""
    rows = Allocation.objects.filter(order__claim=drop.claim_id).exclude(state="freed")
    sums = rows.aggregate(
        promised=Sum("quantity", default=0),
        picked=Sum("quantity", filter=Q(state__in=["picked", "shipped"]), default=0),
        shipped=Sum("quantity", filter=Q(state="shipped"), default=0),
    )
    return Handled(**sums)


def sold_by_hour(drop: Drop, planned: int, zone: ZoneInfo) -> dict[str, Sequence[tuple[str, int | None]]]:
    """Pieces sold so far at the end of each hour since the first sale, beside what is planned; empty without a sale.

    The hours that have not come are gaps in the line of what is sold. One query.
    """
    hours = list(
        drop.sales.annotate(hour=TruncHour("sold_at"))
        .order_by("hour")
        .values("hour")
        .annotate(pieces=Sum("pieces"))
        .values_list("hour", "pieces")
    )
    if not hours:
        return {}
    first = hours[0][0]
    now = max(clock.now(), hours[-1][0])
    ends = min(drop.closes_at or now, now)
    count = max(2, min(CHART_HOURS, int((ends - first).total_seconds() // 3600) + 1))
    amounts = dict(hours)
    sold: list[tuple[str, int | None]] = []
    line: list[tuple[str, int | None]] = []
    total = 0
    for n in range(count):
        hour = first + dt.timedelta(hours=n)
        total += amounts.get(hour, 0)
        label = f"{hour.astimezone(zone):%d %b %H:00}"
        sold.append((label, total if hour <= now else None))
        line.append((label, planned))
    return {"planned": line, "sold": sold}


def with_sums(drops: QuerySet[Drop]) -> QuerySet[Drop]:
    """With `sku_count` and `pieces`, and legs with their nodes at hand."""
    lines = DropLine.objects.all()
    return drops.prefetch_related("legs__run__cycle__node").annotate(
        sku_count=beside(lines, Count("pk"), of="drop"), pieces=beside(lines, Sum("quantity"), of="drop")
    )


# Where buyers of the co-op's members live, for whom an opening is told in their own time.
_ABROAD = (
    ("London", "Europe/London"),
    ("New York", "America/New_York"),
    ("San Francisco", "America/Los_Angeles"),
    ("Tokyo", "Asia/Tokyo"),
)


def abroad(moment: dt.datetime, node: Node) -> list[tuple[str, str]]:
    """A moment on the walls of buyers elsewhere: (place, time), those left out whose clock says the same as the node's."""
    here = moment.astimezone(node.zone)
    found = []
    for place, key in _ABROAD:
        there = moment.astimezone(ZoneInfo(key))
        if there.utcoffset() != here.utcoffset():
            found.append((place, f"{there:%a %d %b %H:%M:%S}"))
    return found


def work_of(drop: Drop) -> QuerySet[Activity]:
    """The handling work that was done for a drop: its goods counted in and put away, the storage and appointments of what
    it booked, its orders picked, packed and shipped, and what was kept for giving back late."""
    bookings = list(Booking.objects.filter(group__drop_leg__drop=drop))
    asns = Asn.objects.filter(claim=drop.claim_id)
    derived_ids = [
        derived(word, booking.pk, day)
        for booking in bookings
        for word in ("storage", "used")
        for day in booking.days
    ] + [derived("missed", booking.pk) for booking in bookings]
    picks = PickTask.objects.filter(allocation__order__claim=drop.claim_id).values("pk")
    parcels = Shipment.objects.filter(order__claim=drop.claim_id).values("pk")
    kept = CancellationFee.objects.filter(booking__in=[booking.pk for booking in bookings]).values("pk")
    receipts = Receipt.objects.filter(asn_line__asn__in=asns).values("pk")
    return Activity.objects.of(drop.member).filter(
        Q(source_id__in=derived_ids)
        | Q(source_id__in=picks)
        | Q(source_id__in=parcels)
        | Q(source_id__in=kept)
        | Q(source_id__in=receipts)
        | Q(kind=Kind.PUTAWAY, reference__in=asns.values("number"))
    )


def told_of(drop: Drop) -> DropInput:
    """A drop as its owner would tell it again, for finding other runs; the legs in the order they were made."""
    legs = drop.legs.select_related("run__cycle__node").prefetch_related("lines__sku").order_by("pk")
    return DropInput(
        title=drop.title,
        story=drop.story,
        legs=[LegInput(leg.run, [(line.sku, line.quantity) for line in leg.lines.all()]) for leg in legs],
        opens_at=drop.opens_at,
        closes_at=drop.closes_at,
        preorders_from=drop.preorders_from,
        buyer_limit=drop.buyer_limit,
        on_shortfall=drop.on_shortfall,
        fairness=drop.fairness,
        burst_days=drop.burst_days,
        burst_picks=drop.burst_picks,
    )
