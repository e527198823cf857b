"""A pool day by day, as one member sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from coop.models import Member
from fulfillment.capacity.availability.reading import DayView, Reading, Reason, read
from fulfillment.capacity.availability.reasons import in_words
from fulfillment.capacity.models import Booking, SlotPool


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


def days_of_pool(
    *,
    pool: SlotPool,
    own: QuerySet[Booking] | None,
    first: dt.date,
    last: dt.date,
    slots: int,
    skus: int = 0,
    member: Member | None = None,
) -> list[Day]:
    """Every day from `first` to `last`, in two queries at most; `own` are the bookings of the one who looks, if any."""
    reading = read([pool.pk], first, last, member=member)
    mine = {"pool": pool, "state": Booking.State.BOOKED, "first_day__lte": last, "last_day__gte": first}
    booked = [] if own is None else list(own.filter(**mine))
    return [_day(reading, view, pool, booked, slots, skus) for view in reading.of(pool.pk)]


def _day(
    reading: Reading, view: DayView, pool: SlotPool, booked: Iterable[Booking], slots: int, skus: int
) -> Day:
    places = reading.days[pool.assortment_id, view.day] if pool.assortment_id else None
    reason, why = _why(reading, view, places, slots, skus)
    return Day(
        day=view.day,
        capacity=view.capacity,
        free=view.left,
        mine=sum(b.slots for b in booked if b.first_day <= view.day <= b.last_day),
        why=why,
        note=f"Dock closed: {view.closure}" if view.closure and not pool.follows_hours else view.note,
        reason=reason,
        held=view.held,
        waiting=view.waiting,
        places=None if places is None else places.left,
    )


def _why(reading: Reading, view: DayView, places: DayView | None, slots: int, skus: int) -> tuple[str, str]:
    """The reason and its words; both empty when the slots can be had."""
    for each, asked in ((view, slots), (places, max(1, skus))):
        if each is not None and (reason := each.why_not(asked)) is not None:
            return reason.value, in_words(each, asked)
    return (Reason.ON_HOLD.value, Reason.ON_HOLD.label) if reading.is_barred else ("", "")
