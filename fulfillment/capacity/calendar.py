"""What is free on each day of a range, and why the rest is not."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from coop.kernel import clock
from coop.models import Closure
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.services.pools import Hours, closed_on, hours_of

# Why a day is not free, for machines and for colours.
OVER, BLOCKED, BOOKED, HELD, WAITED_FOR, TIER = "over", "blocked", "booked", "held", "waiting", "tier"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a pool as one member sees it. `why` (in words) and `reason` are empty when the slots can be had.

    `held`: slots that others' running holds and offers keep; a hold that ran out counts as free. `waiting`: how many
    are on the waiting list for this day. `places`: how many more SKUs the node may hold, None without a limit.
    """

    day: dt.date
    capacity: int
    free: int
    mine: int
    why: str
    note: str
    reason: str = ""
    held: int = 0
    waiting: int = 0
    places: int | None = None

    @property
    def tone(self) -> str:
        """good, warn (some are taken) or bad (cannot be booked)."""
        if self.why:
            return "bad"
        return "warn" if self.free * 4 <= self.capacity else "good"


def calendar(
    *,
    pool: SlotPool,
    days: QuerySet[PoolDay],
    own: QuerySet[Booking] | None,
    closures: QuerySet[Closure],
    first: dt.date,
    last: dt.date,
    slots: int,
    today: dt.date,
    skus: int = 0,
) -> list[Day]:
    """Every day from `first` to `last`, in at most six queries; a day that nobody opened yet has what opening it gives."""
    pools = [pk for pk in (pool.pk, pool.assortment_id) if pk]
    rows = {(d.pool_id, d.day): d for d in days.filter(pool__in=pools, day__range=(first, last))}
    mine = {"pool": pool, "state": Booking.State.BOOKED, "first_day__lte": last, "last_day__gte": first}
    booked = [] if own is None else list(own.filter(**mine))
    reasons = dict(closures.filter(node=pool.node_id, day__range=(first, last)).values_list("day", "reason"))
    span = clock.days_between(first, last)
    missing = [day for day in span if (pool.pk, day) not in rows]
    hours = hours_of([pool.node_id])[pool.node_id] if missing and pool.follows_hours else Hours({}, {})
    shut = closed_on(pool, missing, hours)
    held, run_out = _holds(pools, first, last)
    places = pool.assortment
    found = []
    for day in span:
        row = rows.get((pool.pk, day)) or PoolDay(
            capacity=0 if day in shut else pool.slots, note=shut.get(day, "")
        )
        # What a hold that ran out gives back goes to those who wait, if anybody does.
        free = row.free + (0 if row.waiting else run_out[pool.pk, day])
        left = None
        if places is not None:
            theirs = rows.get((places.pk, day))
            left = (theirs.free if theirs else places.slots) + run_out[places.pk, day]
        reason, why = _why(row, day < today, free, held[pool.pk, day], left, slots, skus)
        dock = f"Dock closed: {reasons[day]}" if day in reasons else ""
        found.append(
            Day(
                day=day,
                capacity=row.capacity,
                free=free,
                mine=_held_on(booked, day),
                why=why,
                note=dock if dock and not pool.follows_hours else row.note,
                reason=reason,
                held=held[pool.pk, day],
                waiting=row.waiting,
                places=left,
            )
        )
    return found


def _holds(
    pools: list[UUID], first: dt.date, last: dt.date
) -> tuple[Counter[tuple[UUID, dt.date]], Counter[tuple[UUID, dt.date]]]:
    """Slots of each day that running holds keep, and that holds that ran out have not given back yet. One query."""
    running: Counter[tuple[UUID, dt.date]] = Counter()
    over: Counter[tuple[UUID, dt.date]] = Counter()
    now = clock.now()
    holds = Booking.objects.filter(
        Q(pool__in=pools) | Q(assortment__in=pools),
        state=Booking.State.HELD,
        first_day__lte=last,
        last_day__gte=first,
    )
    for hold in holds:
        count = over if hold.ran_out(now) else running
        begin, end = max(first, hold.first_day), min(last, hold.last_day)
        for day in clock.days_between(begin, end):
            count[hold.pool_id, day] += hold.slots
            if hold.assortment_id:
                count[hold.assortment_id, day] += hold.skus
    return running, over


def _held_on(bookings: Iterable[Booking], day: dt.date) -> int:
    return sum(b.slots for b in bookings if b.first_day <= day <= b.last_day)


def _why(
    row: PoolDay, is_over: bool, free: int, held: int, places: int | None, slots: int, skus: int
) -> tuple[str, str]:
    """The reason and its words; both empty when the slots can be had."""
    if is_over:
        return OVER, "over"
    if row.capacity == 0:
        return BLOCKED, row.note or "no slots offered"
    if free < slots:
        words = f"all {row.capacity} taken" if free <= 0 else f"only {free} free"
        if row.note:
            words += f" ({row.note})"
        if held:
            words += f", {held} of them held" if free <= 0 else f", {held} held"
        if row.waiting:
            return WAITED_FOR, f"{words}, {row.waiting} on the waiting list"
        return (HELD if free + held >= slots else BOOKED), words
    if places is not None and places < max(1, skus):
        return TIER, f"room for {max(0, places)} more SKUs"
    return "", ""
