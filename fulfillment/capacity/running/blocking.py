"""How many slots are published: more, fewer, none. Fewer than are booked only by displacing bookings that are named.

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
from coop.nodes.services import close_on, reopen_on
from fulfillment.capacity.availability.asks import spans_of
from fulfillment.capacity.availability.counters import Key, Span, runs
from fulfillment.capacity.availability.opening import day_range, open_days, open_spans, usual_days
from fulfillment.capacity.errors import WouldOversell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.running.displacing import displace
from fulfillment.capacity.waitlist.handing_out import hand_out
from fulfillment.capacity.waitlist.scene import end_holds, lock_scene


@dataclass(frozen=True, slots=True)
class Target:
    """What a day shall have, why, and whether the node does not work then."""

    slots: int
    note: str = ""
    closed: bool = False


Targets = Mapping[Key, Target]


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
    """Publish so many slots on each day of the range, and say why. Returns how many days changed.

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
    return _publish_days([pool], targets, reason, displacing)


def affected_by(*, pool: SlotPool, first: dt.date, last: dt.date, slots: int) -> list[Affected]:
    """Whose bookings would go, the newest first, if so few slots were published: just enough that the rest fits."""
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
    open_spans([Span(pool.pk, first, last, 0) for pool in pools])
    targets = {(pool.pk, day): Target(0, reason[:120], closed=True) for pool in pools for day in days}
    return _publish_days(pools, targets, reason, displacing)


@act
def reopen_days(*, node: Node, first: dt.date, last: dt.date, by: User | None = None) -> int:
    """The node works after all: closures go, and what was closed offers its usual slots, to those who wait first."""
    days = day_range(first, last)
    reopen_on(node=node, days=days, by=by)
    pools = _working_pools(node)
    usual = usual_days([Span(pool.pk, first, last, 0) for pool in pools])
    closed = PoolDay.objects.filter(pool__in=pools, day__in=days, closed=True)
    back = [key for key in closed.values_list("pool", "day") if not usual[key].why]
    return _publish_days(pools, {key: Target(usual[key].slots) for key in back}, "", ())


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
        _publish_days(pools, targets, "", ())
    return left


def _by_hours(
    node: Node, pools: Sequence[SlotPool], rows: Sequence[PoolDay]
) -> tuple[dict[Key, Target], list[StillBooked]]:
    """What of the days after today does not follow the node's hours, and what cannot because it is booked."""
    targets: dict[Key, Target] = {}
    left: list[StillBooked] = []
    today = clock.today(node.timezone)
    last = max((row.day for row in rows), default=today)
    usual = usual_days([Span(pool.pk, today, last, 0) for pool in pools])
    by_pool = {pool.pk: pool for pool in pools}
    for row in rows:
        slots, why = usual[row.pool_id, row.day].slots, usual[row.pool_id, row.day].why
        if row.day == today or (why and (row.note, row.closed) == (why[:120], True)):
            continue
        if why and row.booked and not row.closed:
            left.append(StillBooked(by_pool[row.pool_id], row.day, row.booked))
        elif why or row.closed:
            targets[row.pool_id, row.day] = Target(slots, why[:120], closed=bool(why))
    order = [pool.pk for pool in pools]
    return targets, sorted(left, key=lambda still: (order.index(still.pool.pk), still.day))


def _working_pools(node: Node) -> list[SlotPool]:
    return [p for p in SlotPool.objects.filter(node=node).select_related("node") if p.follows_hours]


def _publish_days(
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
    excess = _excess(pools, targets)
    cuts = _cuts([row for row in scene.rows if not row.is_over], excess)
    if any(excess.values()):
        raise _would_oversell(pools, targets, excess)
    for cut in cuts:
        displace(cut.booking, cut.days, reason or "the node offers fewer slots")
    changed = _write(targets)
    hand_out(scene)
    return changed


def _excess(pools: Sequence[SlotPool], targets: Targets) -> dict[Key, int]:
    """By how much each (locked) day is booked above its target."""
    days = [day for _, day in targets]
    rows = PoolDay.objects.filter(pool__in=pools, day__range=(min(days), max(days)))
    over = {(d.pool_id, d.day): d.booked for d in rows if (d.pool_id, d.day) in targets}
    return {key: n - targets[key].slots for key, n in over.items() if n > targets[key].slots}


def _would_oversell(pools: Sequence[SlotPool], targets: Targets, excess: Mapping[Key, int]) -> WouldOversell:
    """Says on which days of the first pool too many are booked, and by whom."""
    still = sorted(key for key, n in excess.items() if n)
    pool = next(p for p in pools if p.pk == still[0][0])
    days = [day for pk, day in still if pk == pool.pk]
    booked = PoolDay.objects.filter(pool=pool, day__in=days).order_by("day").values_list("day", "booked")
    return WouldOversell(targets[still[0]].slots, list(booked), _holders(pool, days))


def _cuts(bookings: Sequence[Booking], excess: dict[Key, int]) -> list[Affected]:
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
