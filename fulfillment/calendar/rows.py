"""What happens at a node, or to a member, in a range of days: each kind of row asked for once, however many days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from coop.kernel import clock
from coop.models import Closure, Member, Node
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.capacity.services import read
from fulfillment.drops.models import CycleRun, Drop, DropLeg
from fulfillment.inventory.models import Asn
from fulfillment.orders.models import Allocation

_MOST = 5_000
_DROP = "group__drop_leg__drop"


@dataclass(frozen=True, slots=True)
class NodeRows:
    """What happens at one node. Bookings are those of docks, picks and tables; `legs` those of drops that open then."""

    runs: Sequence[CycleRun]
    bookings: Sequence[Booking]
    legs: Sequence[DropLeg]
    closures: Sequence[Closure]
    asns: Sequence[Asn]


def node_rows(node: Node, first: dt.date, last: dt.date, *, over: bool = False) -> NodeRows:
    """Five queries. With `over` also what was called off (for feeds, which have to say so)."""
    opens, ends = moments(node, first, last)
    runs = CycleRun.objects.filter(cycle__node=node, dock_from__gte=opens, dock_from__lt=ends)
    if not over:
        runs = runs.filter(is_off=False)
    bookings = Booking.objects.at(node) if over else Booking.objects.at(node).live()
    bookings = bookings.filter(
        pool__kind__in=["dock", "picks", "table"], first_day__lte=last, last_day__gte=first
    )
    legs = DropLeg.objects.at(node).filter(opens_at__gte=opens, opens_at__lt=ends)
    asns = Asn.objects.filter(node=node, expected_on__range=(first, last))
    if not over:
        legs = legs.exclude(drop__state=Drop.State.CANCELLED)
        asns = asns.exclude(state=Asn.State.CANCELLED)
    return NodeRows(
        runs=list(
            runs.select_related("cycle__node").annotate(
                drop_count=Count("legs", distinct=True),
                versions=Count("events", distinct=True),
                changed_at=Max("events__pgh_created_at"),
            ).order_by("dock_from", "pk")[:_MOST]
        ),
        bookings=list(
            changed(bookings).select_related("pool__node", "member", _DROP).order_by("first_day", "pool__opens_at", "pk")[:_MOST]
        ),
        legs=list(_told(legs).order_by("opens_at", "pk")[:_MOST]),
        closures=list(Closure.objects.filter(node=node, day__range=(first, last))),
        asns=list(
            asns.select_related("member")
            .annotate(pieces=Sum("lines__quantity_expected", default=0))
            .order_by("expected_on", "pk")[:_MOST]
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class MemberRows:
    """What is ahead of one member: the legs of drops, and bookings that belong to no drop (offers carry `offered_to`)."""

    legs: Sequence[DropLeg]
    bookings: Sequence[Booking]


def member_rows(member: Member, first: dt.datetime, last: dt.datetime, *, over: bool = False) -> MemberRows:
    """Two queries. With `over` also what was called off, given back or ran out."""
    legs = DropLeg.objects.of(member).filter(
        Q(opens_at__range=(first, last))
        | Q(run__announce_by__range=(first, last))
        | Q(opens_at__lt=first, drop__closes_at__gte=first)
        | Q(opens_at__lt=first, drop__state=Drop.State.LIVE)
    )
    bookings = Booking.objects.of(member).filter(first_day__lte=last.date(), last_day__gte=first.date())
    bookings = bookings.exclude(group__kind="drop")
    if not over:
        legs = legs.exclude(drop__state=Drop.State.CANCELLED)
        bookings = bookings.live()
    return MemberRows(
        legs=list(_told(legs).order_by("opens_at", "pk")[:_MOST]),
        bookings=list(
            changed(bookings)
            .select_related("pool__node", "member", "group", "offered_to")
            .order_by("first_day", "pk")[:_MOST]
        ),
    )


def changed(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """With how often (`versions`) and when last (`changed_at`) each was written, as its history tells."""
    return bookings.annotate(versions=Count("events"), changed_at=Max("events__pgh_created_at"))


def _told(legs: QuerySet[DropLeg]) -> QuerySet[DropLeg]:
    """With drop, run and node, and how often (`versions`) and when last (`changed_at`) something happened to the drop."""
    rows = legs.select_related("drop__member", "run__cycle__node", "asn")
    return rows.annotate(versions=Count("drop__steps"), changed_at=Max("drop__steps__taken_at"))


@dataclass(slots=True)
class Load:
    """What a node has to do on one day against what it can: picks, docks, shelf slots."""

    day: dt.date
    picks: int = 0
    booked: int = 0
    promised: int = 0
    docks: int = 0
    docks_booked: int = 0
    shelves: int = 0
    shelves_booked: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def work(self) -> int:
        """Picks that are booked, and those of orders that are promised for that day."""
        return self.booked + self.promised

    @property
    def over(self) -> int:
        """Picks beyond what the node does in a day."""
        return max(0, self.work - self.picks)


def loads(node: Node, first: dt.date, last: dt.date) -> dict[dt.date, Load]:
    """Every day of the range, three queries.

    Orders of a drop are worked off with the picks that the drop booked, so only the others are added to the bookings.
    A hold counts as long as it runs, and a day that nobody opened has what opening it would give.
    """
    found = {day: Load(day) for day in clock.days_between(first, last)}
    pools = SlotPool.objects.filter(node=node, kind__in=["picks", "dock", "shelf"])
    kinds = dict(pools.values_list("pk", "kind"))
    reading = read(kinds, first, last)
    for pool, kind in kinds.items():
        for view in reading.of(pool):
            load = found[view.day]
            _add(load, kind, view.capacity, view.taken)
            if view.is_open and view.note and view.note not in load.notes:
                load.notes.append(view.note)
    for day, pieces in _promised(node, first, last):
        found[day].promised = pieces
    return found


def _add(load: Load, kind: str, capacity: int, booked: int) -> None:
    if kind == SlotPool.Kind.PICKS:
        load.picks, load.booked = load.picks + capacity, load.booked + booked
    elif kind == SlotPool.Kind.DOCK:
        load.docks, load.docks_booked = load.docks + capacity, load.docks_booked + booked
    else:
        load.shelves, load.shelves_booked = load.shelves + capacity, load.shelves_booked + booked


def _promised(node: Node, first: dt.date, last: dt.date) -> list[tuple[dt.date, int]]:
    """Picks of orders outside any drop that have to leave on a day and are not picked yet."""
    opens, ends = moments(node, first, last)
    rows = Allocation.objects.filter(
        node=node, state__in=["queued", "waved"], order__claim=None, ship_by__gte=opens, ship_by__lt=ends
    )
    return list(
        rows.annotate(day=TruncDate("ship_by", tzinfo=node.zone))
        .order_by()
        .values("day")
        .annotate(pieces=Sum("quantity"))
        .values_list("day", "pieces")
    )


def moments(node: Node, first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """When the first day begins on the node's wall, and when the day after the last does."""
    begin = dt.datetime.combine(first, dt.time(), tzinfo=node.zone)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=node.zone)
    return begin.astimezone(dt.UTC), end.astimezone(dt.UTC)
