"""How many slots are offered: more, fewer, none. Fewer than are booked only by displacing bookings that are named.

Nobody is overbooked silently: without names the act refuses and says who is affected; with them exactly those bookings
lose exactly those days, free of charge, and wait for them ahead of everybody who came later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.locks import lock_rows
from coop.models import Closure, Member, Node, User
from coop.nodes.services import close_on, open_on
from fulfillment.capacity.counters import Span, runs
from fulfillment.capacity.errors import WouldOversell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.services.asks import spans_of
from fulfillment.capacity.services.displacing import displace
from fulfillment.capacity.services.offers import Scene, end_holds, lock_scene, offer_freed
from fulfillment.capacity.services.pools import closed_days, closed_on, day_range, hours_of, open_days


@dataclass(frozen=True, slots=True)
class Target:
    """What a day shall offer, why, and whether the node does not work then."""

    slots: int
    note: str = ""
    closed: bool = False


Targets = Mapping[tuple[UUID, dt.date], Target]


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking that would lose its slots on these days."""

    booking: Booking
    days: list[dt.date]

    @property
    def member(self) -> Member:
        return self.booking.member


@dataclass(frozen=True, slots=True)
class StillBooked:
    """A day on which the node will not work, and that is booked all the same."""

    pool: SlotPool
    day: dt.date
    booked: int


@act
def set_capacity(
    *,
    pool: SlotPool,
    first: dt.date,
    last: dt.date,
    slots: int,
    reason: str = "",
    displacing: Collection[UUID] = (),
    by: User | None = None,
) -> int:
    """Offer so many slots on each day of the range, and say why. Returns how many days changed.

    More is offered to those who wait. Fewer than are booked raises WouldOversell, naming the days and who holds slots
    on them, unless the bookings in `displacing` make up for it: the newest of them go first, on those days only.
    """
    if slots < 0:
        raise Invalid("Offer 0 slots or more.", field="slots")
    if pool.kind == SlotPool.Kind.ASSORTMENT:
        raise Invalid("SKU places follow the node's tier.", field="pool")
    if first < clock.today(pool.node.timezone):
        raise Invalid("Days that are over stay as they were.", field="first_day")
    targets = {(pool.pk, day): Target(slots, reason[:120]) for day in day_range(first, last)}
    open_days(pool=pool, first=first, last=last)
    return _offer_days([pool], targets, reason, displacing)


def affected_by(*, pool: SlotPool, first: dt.date, last: dt.date, slots: int) -> list[Affected]:
    """Whose bookings would go, the newest first, if so few slots were offered: just enough that the rest fits."""
    days = PoolDay.objects.filter(pool=pool, day__range=(first, last), booked__gt=slots)
    excess = {(pool.pk, d.day): d.booked - slots for d in days}
    touching = Booking.objects.live().filter(pool=pool, first_day__lte=last, last_day__gte=first)
    return _cuts(list(touching.select_related("member", "pool__node")), excess)


@act
def close_days(
    *,
    node: Node,
    first: dt.date,
    last: dt.date,
    reason: str,
    displacing: Collection[UUID] = (),
    by: User | None = None,
) -> int:
    """The node does not work from `first` to `last` (holiday, maintenance). Returns how many days of pools changed.

    Docks, picks and tables offer nothing then; goods stay on their shelves. Bookings are displaced as in set_capacity.
    """
    days = day_range(first, last)
    if first < clock.today(node.timezone):
        raise Invalid("Days that are over stay as they were.", field="first_day")
    if not reason:
        raise Invalid("Say why the node is closed.", field="reason")
    known = set(Closure.objects.filter(node=node, day__in=days).values_list("day", flat=True))
    close_on(node=node, days=[day for day in days if day not in known], reason=reason, by=by)
    pools = _working_pools(node)
    for pool in sorted(pools, key=lambda p: p.pk):
        open_days(pool=pool, first=first, last=last)
    targets = {(pool.pk, day): Target(0, reason[:120], closed=True) for pool in pools for day in days}
    return _offer_days(pools, targets, reason, displacing)


@act
def reopen_days(*, node: Node, first: dt.date, last: dt.date, by: User | None = None) -> int:
    """The node works after all: closures go, and what was closed offers its usual slots, to those who wait first."""
    days = day_range(first, last)
    open_on(node=node, days=days, by=by)
    pools = _working_pools(node)
    targets: dict[tuple[UUID, dt.date], Target] = {}
    for pool in pools:
        shut = closed_days(pool, days)
        back = PoolDay.objects.filter(pool=pool, day__in=[d for d in days if d not in shut], closed=True)
        targets |= {(pool.pk, day): Target(pool.slots) for day in back.values_list("day", flat=True)}
    return _offer_days(pools, targets, "", ())


@act
def apply_hours(*, node: Node, by: User | None = None) -> list[StillBooked]:
    """After a change of opening hours or closures: the days ahead that have no bookings follow it.

    Returns the days that are booked though the node will not work then; they stay as they are until somebody decides
    (`close_days` or `set_capacity` with the bookings to displace).
    """
    pools = _working_pools(node)
    ahead = PoolDay.objects.filter(pool__in=pools, day__gte=clock.today(node.timezone)).order_by("day")
    targets, left = _by_hours(node, pools, list(ahead))
    if targets:
        # Once more behind the locks, so that nobody books a day in the moment of its closing.
        targets, left = _by_hours(node, pools, sorted(lock_rows(ahead), key=lambda row: row.day))
        _offer_days(pools, targets, "", ())
    return left


def _by_hours(
    node: Node, pools: Sequence[SlotPool], rows: Sequence[PoolDay]
) -> tuple[dict[tuple[UUID, dt.date], Target], list[StillBooked]]:
    """What of the days after today does not follow the node's hours, and what cannot because it is booked."""
    targets: dict[tuple[UUID, dt.date], Target] = {}
    left: list[StillBooked] = []
    hours = hours_of([node.pk])[node.pk]
    for pool in pools:
        own = [row for row in rows if row.pool_id == pool.pk and row.day > clock.today(node.timezone)]
        shut = closed_on(pool, [row.day for row in own], hours)
        for row in own:
            why = shut.get(row.day)
            if why is None and row.closed:
                targets[pool.pk, row.day] = Target(pool.slots)
            elif why is not None and row.booked and not row.closed:
                left.append(StillBooked(pool, row.day, row.booked))
            elif why is not None and (row.note, row.closed) != (why[:120], True):
                targets[pool.pk, row.day] = Target(0, why[:120], closed=True)
    return targets, left


def _working_pools(node: Node) -> list[SlotPool]:
    return [p for p in SlotPool.objects.filter(node=node).select_related("node") if p.follows_hours]


def _offer_days(
    pools: Sequence[SlotPool], targets: Targets, reason: str, displacing: Collection[UUID]
) -> int:
    """Set the capacity of each day, with everything that follows from it, in the caller's transaction."""
    if not targets:
        return 0

    def touched() -> list[Span]:
        named = Booking.objects.live().filter(pk__in=displacing)
        return [
            *(
                Span(pool.pk, begin, end, 0)
                for pool in pools
                for begin, end in runs([day for pk, day in targets if pk == pool.pk])
            ),
            *(span for booking in named for span in spans_of(booking)),
        ]

    scene = lock_scene(touched, tidy=True, bookings=displacing)
    end_holds(scene)
    _make_fit(scene, pools, targets, reason)
    changed = _write(targets)
    offer_freed(scene)
    return changed


def _make_fit(scene: Scene, pools: Sequence[SlotPool], targets: Targets, reason: str) -> None:
    """Displace of the scene's bookings what must go. Raises WouldOversell when that is not enough."""
    days = [day for _, day in targets]
    rows = PoolDay.objects.filter(pool__in=pools, day__range=(min(days), max(days)))
    booked = {(d.pool_id, d.day): d.booked for d in rows if (d.pool_id, d.day) in targets}
    over = {key: n for key, n in booked.items() if n > targets[key].slots}
    excess = {key: n - targets[key].slots for key, n in over.items()}
    cuts = _cuts([row for row in scene.rows if not row.is_over], excess)
    if any(excess.values()):
        still = sorted(key for key, n in excess.items() if n)
        pool = next(p for p in pools if p.pk == still[0][0])
        on = [(day, over[pk, day]) for pk, day in still if pk == pool.pk]
        raise WouldOversell(targets[still[0]].slots, on, _holders(pool, [day for day, _ in on]))
    for cut in cuts:
        displace(cut.booking, cut.days, reason or "the node offers fewer slots", scene)


def _cuts(bookings: Sequence[Booking], excess: dict[tuple[UUID, dt.date], int]) -> list[Affected]:
    """Which of the bookings lose which days, the newest first, until nothing is over; `excess` counts down."""
    found = []
    for booking in sorted(bookings, key=lambda b: (b.booked_at, b.pk), reverse=True):
        lost = [day for day in booking.days if excess.get((booking.pool_id, day), 0) > 0]
        for day in lost:
            excess[booking.pool_id, day] = max(0, excess[booking.pool_id, day] - booking.slots)
        if lost:
            found.append(Affected(booking, lost))
    return found


def _write(targets: Targets) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_poolday d SET capacity = t.slots, note = t.note, closed = t.closed
            FROM unnest(%s::uuid[], %s::date[], %s::int[], %s::text[], %s::bool[])
              AS t (pool_id, day, slots, note, closed)
            WHERE d.pool_id = t.pool_id AND d.day = t.day
              AND (d.capacity, d.note, d.closed) IS DISTINCT FROM (t.slots, t.note, t.closed)
            """,
            [
                [pool for pool, _ in targets],
                [day for _, day in targets],
                [t.slots for t in targets.values()],
                [t.note for t in targets.values()],
                [t.closed for t in targets.values()],
            ],
        )
        return int(cursor.rowcount)


def _holders(pool: SlotPool, days: list[dt.date]) -> list[tuple[str, int]]:
    """Who has booked slots in the span of these days, and how many (several bookings add up)."""
    touching = Booking.objects.live().filter(pool=pool, first_day__lte=days[-1], last_day__gte=days[0])
    held = touching.values("member__name").annotate(held=Sum("slots")).order_by("-held", "member__name")
    return [(row["member__name"], row["held"]) for row in held]
