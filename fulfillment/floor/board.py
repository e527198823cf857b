"""What the board on the wall shows: one read for each question, however busy the node is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncHour

from coop.kernel import clock
from coop.models import Node
from fulfillment.activity.models import Activity, Kind
from fulfillment.inventory.models import CountTask
from fulfillment.orders.models import Allocation, Order
from fulfillment.packing.models import Shipment

State = Allocation.State
# From how many days back the pace is taken, and when a parcel lies on a bench for too long.
PACE_DAYS = 7
BENCH_MINUTES = 30
LANES = 5


@dataclass(frozen=True)
class Lane:
    """All that must leave by one moment, and how far it is. `hours` is the picking that is left, by the node's pace."""

    ship_by: dt.datetime | None
    orders: int
    queued: int
    waved: int
    picked: int
    hours: Decimal | None
    left: Decimal | None
    late: bool
    label: str

    @property
    def pieces(self) -> int:
        return self.queued + self.waved + self.picked

    @property
    def tone(self) -> str:
        """Bad when late or when the picking takes longer than there is time; warn from three quarters of it on."""
        if self.late:
            return "bad"
        if not self.hours or self.left is None:
            return "good"
        return "bad" if self.hours > self.left else "warn" if self.hours * 4 > self.left * 3 else "good"


@dataclass(frozen=True)
class Trouble:
    """Something that will not solve itself, and where its cause is."""

    one: str
    many: str
    why: str
    count: int
    url_name: str
    query: str = ""
    tone: str = "warn"

    @property
    def words(self) -> str:
        return self.one if self.count == 1 else self.many


@dataclass(frozen=True)
class Figures:
    """Orders at each station of the node now, and what left today."""

    queued: int
    walking: int
    to_pack: int
    on_bench: int
    packed: int
    shipped_today: int
    pieces_an_hour: int | None


def lanes(node: Node, pace: int | None) -> list[Lane]:
    """The next promises of the node, all late ones in one lane first."""
    now = clock.now()
    rows = (
        Allocation.objects.filter(
            node=node, state__in=[State.QUEUED, State.WAVED, State.PICKED], shipment_item__isnull=True
        )
        .order_by()
        .values("ship_by")
        .annotate(
            orders=Count("order", distinct=True),
            queued=Sum("quantity", filter=Q(state=State.QUEUED), default=0),
            waved=Sum("quantity", filter=Q(state=State.WAVED), default=0),
            picked=Sum("quantity", filter=Q(state=State.PICKED), default=0),
        )
        .order_by(F("ship_by").asc(nulls_last=True))
    )
    late: list[Mapping[str, Any]] = [row for row in rows if row["ship_by"] and row["ship_by"] < now]
    ahead = [row for row in rows if row not in late]
    found = [_lane(node, [row], now, pace, late=False) for row in ahead[:LANES]]
    return [_lane(node, late, now, pace, late=True), *found] if late else found


def _lane(
    node: Node, rows: Sequence[Mapping[str, Any]], now: dt.datetime, pace: int | None, *, late: bool
) -> Lane:
    total = {key: sum(row[key] for row in rows) for key in ("orders", "queued", "waved", "picked")}
    ship_by = rows[0]["ship_by"]
    to_pick = total["queued"] + total["waved"]
    seconds = (ship_by - now).total_seconds() if isinstance(ship_by, dt.datetime) else None
    return Lane(
        ship_by=ship_by if isinstance(ship_by, dt.datetime) else None,
        hours=round(Decimal(to_pick) / pace, 1) if pace else None,
        left=None if seconds is None else round(Decimal(int(seconds)) / 3600, 1),
        late=late,
        label=in_node_time(node, ship_by) if isinstance(ship_by, dt.datetime) else "No promise",
        **total,
    )


def in_node_time(node: Node, moment: dt.datetime) -> str:
    """A moment as people at the node say it: Today 14:00, Tomorrow 18:00, Wed 25 Nov 18:00."""
    local = moment.astimezone(node.zone)
    days = (local.date() - clock.today(node.timezone)).days
    day = {0: "Today", 1: "Tomorrow"}.get(days, f"{local:%a} {local.day} {local:%b}")
    return f"{day} {local:%H:%M}"


def pieces_an_hour(node: Node) -> int | None:
    """What the node picks in an hour in which anybody picks, over the last days; None before there is any."""
    since = clock.today(node.timezone) - dt.timedelta(days=PACE_DAYS)
    hours = list(
        Activity.objects.filter(node=node, kind=Kind.PICK, day__gte=since)
        .order_by()
        .annotate(hour=TruncHour("occurred_at"))
        .values("hour")
        .annotate(pieces=Sum("quantity"))
        .values_list("pieces", flat=True)
    )
    return max(1, sum(hours) // len(hours)) if hours else None


def figures(node: Node, pace: int | None) -> Figures:
    """Orders by station, in two queries."""
    by_state = Allocation.objects.filter(
        node=node, state__in=[State.QUEUED, State.WAVED, State.PICKED]
    ).aggregate(
        queued=Count("order", distinct=True, filter=Q(state=State.QUEUED)),
        walking=Count("order", distinct=True, filter=Q(state=State.WAVED)),
        to_pack=Count("order", distinct=True, filter=Q(state=State.PICKED, shipment_item__isnull=True)),
    )
    midnight = dt.datetime.combine(clock.today(node.timezone), dt.time(0), tzinfo=node.zone)
    parcels = Shipment.objects.filter(node=node).aggregate(
        on_bench=Count("pk", filter=Q(state=Shipment.State.PACKING)),
        packed=Count("pk", filter=Q(state=Shipment.State.PACKED)),
        shipped_today=Count("pk", filter=Q(state=Shipment.State.SHIPPED, shipped_at__gte=midnight)),
    )
    return Figures(**by_state, **parcels, pieces_an_hour=pace)


def troubles(node: Node, found: Sequence[Lane]) -> list[Trouble]:
    """Late and blocked, each with its reason and the page where its cause is."""
    here = Allocation.objects.filter(node=node, state__in=[State.QUEUED, State.WAVED, State.PICKED])
    blocked = here.aggregate(
        waiting=Count("order", distinct=True, filter=Q(order__state=Order.State.WAITING)),
    )
    since = clock.now() - dt.timedelta(minutes=BENCH_MINUTES)
    stuck = Shipment.objects.filter(node=node, state=Shipment.State.PACKING, started_at__lt=since).count()
    counts = CountTask.objects.filter(node=node, state=CountTask.State.OPEN).count()
    late = sum(lane.orders for lane in found if lane.late)
    bench = f"Begun more than {BENCH_MINUTES} minutes ago"
    rows = [
        Trouble(
            "order late",
            "orders late",
            "Promised for earlier, still here",
            late,
            "floor:queue",
            "?due=late",
            "bad",
        ),
        Trouble(
            "order waits for its rest",
            "orders wait for their rest",
            "Part is here, part is short",
            blocked["waiting"],
            "floor:queue",
            "?state=waiting",
        ),
        Trouble(
            "bin to count",
            "bins to count",
            "A pick found too few, or somebody asked",
            counts,
            "floor:count-list",
        ),
        Trouble("parcel left on a bench", "parcels left on a bench", bench, stuck, "floor:pack"),
    ]
    return [row for row in rows if row.count]
