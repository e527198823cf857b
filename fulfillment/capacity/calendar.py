"""What is free on each day of a range, and why the rest is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from coop.models import Closure
from fulfillment.capacity.models import Booking, PoolDay, SlotPool


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a pool as one member sees it. `why` is empty when the slots asked for can be had."""

    day: dt.date
    capacity: int
    free: int
    mine: int
    why: str
    note: str

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
) -> list[Day]:
    """Every day from `first` to `last`; a day that nobody has booked yet has the pool's usual slots."""
    known = {d.day: d for d in days.filter(pool=pool, day__range=(first, last))}
    mine = {"pool": pool, "state": Booking.State.BOOKED, "first_day__lte": last, "last_day__gte": first}
    held = [] if own is None else list(own.filter(**mine))
    closed = dict(closures.filter(node=pool.node_id, day__range=(first, last)).values_list("day", "reason"))
    found = []
    for n in range((last - first).days + 1):
        day = first + dt.timedelta(days=n)
        row = known.get(day)
        capacity, free = (row.capacity, row.free) if row else (pool.slots, pool.slots)
        found.append(
            Day(
                day=day,
                capacity=capacity,
                free=free,
                mine=_held_on(held, day),
                why=_why(day, today, capacity, free, slots),
                note=f"Dock closed: {closed[day]}" if day in closed else "",
            )
        )
    return found


def _held_on(bookings: Iterable[Booking], day: dt.date) -> int:
    return sum(b.slots for b in bookings if b.first_day <= day <= b.last_day)


def _why(day: dt.date, today: dt.date, capacity: int, free: int, slots: int) -> str:
    if day < today:
        return "over"
    if capacity == 0:
        return "no slots offered"
    if free == 0:
        return f"all {capacity} taken"
    if free < slots:
        return f"only {free} free"
    return ""
