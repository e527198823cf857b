"""What the board on the wall shows: one read for each question, however busy the node is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Min, Q, Sum, When
from django.db.models.functions import TruncHour

from coop.kernel import clock
from coop.models import Node
from fulfillment.activity.models import Activity, Kind
from fulfillment.inventory.models import CountTask
from fulfillment.orders.models import Allocation, Order
from fulfillment.packing.bench.finding import orders_to_pack
from fulfillment.packing.models import Shipment

State = Allocation.State
# From how many days back the pace is taken, and when a parcel lies on a bench for too long.
PACE_DAYS = 7
BENCH_MINUTES = 30
LANES = 5
# Promised, and not handed over.
HERE = [State.QUEUED, State.WAVED, State.PICKED]


@dataclass(frozen=True)
class Lane:
    """All that must leave by one moment, and how far it is: `orders`, and their pieces by where those are.

    `picked` lie in totes, `in_parcels` on a bench or packed. `hours` is the picking that is left, by the node's pace.
    """

    ship_by: dt.datetime | None
    orders: int
    queued: int
    waved: int
    picked: int
    in_parcels: int
    hours: Decimal | None
    left: Decimal | None
    late: bool
    label: str

    @property
    def pieces(self) -> int:
        return self.queued + self.waved + self.picked + self.in_parcels

    @property
    def url_name(self) -> str:
        """Where the hindmost of it are."""
        if self.queued:
            return "floor:queue"
        if self.waved:
            return "floor:board"
        return "floor:pack" if self.picked else "floor:shipment-list"

    @property
    def query(self) -> str:
        """What narrows that page to them, as far as it can."""
        if self.queued:
            return "?due=late" if self.late else ""
        return "#waves" if self.waved else ""

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
    """The next promises of the node, all late ones in one lane first: until the carrier has it, it is here."""
    now = clock.now()
    to_pack, in_parcel = Q(shipment_item__isnull=True), Q(shipment_item__isnull=False)
    rows = (
        Allocation.objects.filter(node=node, state__in=HERE)
        .order_by()
        .annotate(late=Case(When(ship_by__lt=now, then=True), default=False))
        .annotate(lane=Case(When(late=False, then=F("ship_by"))))
        .values("late", "lane")
        .annotate(
            first=Min("ship_by"),
            orders=Count("order", distinct=True),
            queued=Sum("quantity", filter=Q(state=State.QUEUED), default=0),
            waved=Sum("quantity", filter=Q(state=State.WAVED), default=0),
            picked=Sum("quantity", filter=Q(state=State.PICKED) & to_pack, default=0),
            in_parcels=Sum("quantity", filter=Q(state=State.PICKED) & in_parcel, default=0),
        )
        .order_by(F("late").desc(), F("lane").asc(nulls_last=True))
    )
    found = [_lane(node, row, now, pace) for row in rows[: LANES + 1]]
    return found if found and found[0].late else found[:LANES]


def _lane(node: Node, row: Mapping[str, Any], now: dt.datetime, pace: int | None) -> Lane:
    ship_by: dt.datetime | None = row["first"]
    seconds = None if ship_by is None else int((ship_by - now).total_seconds())
    pieces = {key: row[key] for key in ("queued", "waved", "picked", "in_parcels")}
    return Lane(
        ship_by=ship_by,
        orders=row["orders"],
        hours=round(Decimal(pieces["queued"] + pieces["waved"]) / pace, 1) if pace else None,
        left=None if seconds is None else round(Decimal(seconds) / 3600, 1),
        late=row["late"],
        label="No promise" if ship_by is None else in_node_time(node, ship_by),
        **pieces,
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
    """Orders by station. What waits to be packed is what the bench lists: nothing that is walked for yet."""
    by_state = Allocation.objects.filter(node=node, state__in=HERE).aggregate(
        queued=Count("order", distinct=True, filter=Q(state=State.QUEUED)),
        walking=Count("order", distinct=True, filter=Q(state=State.WAVED)),
    )
    midnight = dt.datetime.combine(clock.today(node.timezone), dt.time(0), tzinfo=node.zone)
    parcels = Shipment.objects.filter(node=node).aggregate(
        on_bench=Count("pk", filter=Q(state=Shipment.State.PACKING)),
        packed=Count("pk", filter=Q(state=Shipment.State.PACKED)),
        shipped_today=Count("pk", filter=Q(state=Shipment.State.SHIPPED, shipped_at__gte=midnight)),
    )
    to_pack = orders_to_pack(node).count()
    return Figures(**by_state, **parcels, to_pack=to_pack, pieces_an_hour=pace)


def troubles(node: Node, found: Sequence[Lane]) -> list[Trouble]:
    """Late and blocked, each with its reason and the page where its cause is."""
    here = Allocation.objects.filter(node=node, state__in=HERE)
    blocked = here.aggregate(
        waiting=Count("order", distinct=True, filter=Q(order__state=Order.State.WAITING)),
    )
    since = clock.now() - dt.timedelta(minutes=BENCH_MINUTES)
    stuck = Shipment.objects.filter(node=node, state=Shipment.State.PACKING, started_at__lt=since).count()
    counts = CountTask.objects.filter(node=node, state=CountTask.State.OPEN).count()
    late = next((lane for lane in found if lane.late), None)
    bench = f"Begun more than {BENCH_MINUTES} minutes ago"
    rows = [
        Trouble(
            "order late",
            "orders late",
            "Promised for earlier, still here",
            late.orders if late else 0,
            late.url_name if late else "",
            late.query if late else "",
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
