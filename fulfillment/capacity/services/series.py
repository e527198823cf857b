"""The same slots again and again: a series by a repetition rule, booked whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.recurrence import BadRule, days_by_rule
from coop.models import Member, User
from fulfillment.capacity.counters import days_of
from fulfillment.capacity.models import Booking, BookingGroup, PoolDay, SlotPool
from fulfillment.capacity.services.asks import Ask, asked, check_asks, spans_of
from fulfillment.capacity.services.bookings import book
from fulfillment.capacity.services.pools import LONGEST_DAYS, closed_days

# A series is one act: so many bookings at once and no more.
MOST_OCCURRENCES = 120


@dataclass(frozen=True, slots=True)
class Clash:
    """A day of an occurrence that cannot be had: so many are free, and why."""

    day: dt.date
    free: int
    why: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One turn of a series, and the days that stand in its way."""

    first_day: dt.date
    last_day: dt.date
    clashes: list[Clash] = field(default_factory=list)


@act
def book_series(
    *,
    member: Member,
    pool: SlotPool,
    slots: int,
    skus: int = 0,
    first_day: dt.date,
    days: int = 1,
    rrule: str,
    until: dt.date,
    title: str = "",
    by: User | None = None,
) -> BookingGroup:
    """Book `days` days from each day of the rule, from `first_day` until `until`: all of them or none.

    Raises BadRule for a rule that cannot be read or never happens, and what `book` raises; `preview_series` says
    beforehand what stands in the way.
    """
    turns = _turns(first_day, days, rrule, until)
    group = BookingGroup.objects.create(
        member=member,
        kind=BookingGroup.Kind.SERIES,
        title=title or f"{slots} {pool.label}",
        rrule=rrule,
        made_by=by,
        made_at=clock.now(),
    )
    asks = [Ask(pool, slots, first, last, skus) for first, last in turns]
    book(member=member, asks=asks, group=group, by=by)
    return group


def preview_series(
    *,
    member: Member,
    pool: SlotPool,
    slots: int,
    skus: int = 0,
    first_day: dt.date,
    days: int = 1,
    rrule: str,
    until: dt.date,
    title: str = "",
    by: User | None = None,
) -> list[Occurrence]:
    """Every turn of the series with what stands in its way; with no clash anywhere `book_series` would book it now.

    Five queries, however long the series. Raises BadRule, Invalid.
    """
    turns = _turns(first_day, days, rrule, until)
    asks = [Ask(pool, slots, first, last, skus) for first, last in turns]
    check_asks(asks)
    free, notes = _free(asks)
    wanted: Counter[tuple[UUID, dt.date]] = Counter()
    for ask in asks:
        wanted.update(days_of(asked(ask)))
    return [Occurrence(ask.first_day, ask.last_day, _clashes(ask, wanted, free, notes)) for ask in asks]


def _turns(first: dt.date, days: int, rrule: str, until: dt.date) -> list[tuple[dt.date, dt.date]]:
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"Each time takes 1 to {LONGEST_DAYS} days.", field="days")
    if until < first or (until - first).days > LONGEST_DAYS:
        raise Invalid(f"A series ends within {LONGEST_DAYS} days of its first day.", field="until")
    begins = days_by_rule(rrule, first, first, until)
    if not begins:
        raise BadRule("This rule has no day in that time.", field="rrule")
    if len(begins) > MOST_OCCURRENCES:
        raise Invalid(f"That is {len(begins)} bookings; make it {MOST_OCCURRENCES} at most.", field="until")
    return [(day, day + dt.timedelta(days=days - 1)) for day in begins]


def _clashes(
    ask: Ask,
    wanted: Counter[tuple[UUID, dt.date]],
    free: dict[tuple[UUID, dt.date], int],
    notes: dict[dt.date, str],
) -> list[Clash]:
    found = []
    for pool, day in sorted(days_of(asked(ask)), key=lambda key: key[1]):
        left = free[pool, day]
        if left < wanted[pool, day]:
            taken = "no slots offered" if left == 0 else f"only {left} free"
            why = notes.get(day) or (taken if pool == ask.pool.pk else f"room for {left} more SKUs")
            found.append(Clash(day, max(0, left), why))
    return found


def _free(asks: Sequence[Ask]) -> tuple[dict[tuple[UUID, dt.date], int], dict[dt.date, str]]:
    """What can be had of each day asked for (holds that ran out count as free), and the notes of the pool's days."""
    keys = sorted({key for ask in asks for key in days_of(asked(ask))}, key=lambda key: key[1])
    pool = asks[0].pool
    first, last = keys[0][1], keys[-1][1]
    pools = {pool.pk: pool, **({pool.assortment_id: pool.assortment} if pool.assortment else {})}
    rows = {(d.pool_id, d.day): d for d in PoolDay.objects.filter(pool__in=pools, day__range=(first, last))}
    missing = [day for pk, day in keys if pk == pool.pk and (pk, day) not in rows]
    shut = closed_days(pool, missing) if missing and pool.follows_hours else {}
    free = {}
    for pk, day in keys:
        row, known = rows.get((pk, day)), pools[pk]
        usual = 0 if known is None or (pk == pool.pk and day in shut) else known.slots
        free[pk, day] = row.free if row else usual
    for hold in Booking.objects.run_out().filter(pool__in=pools, first_day__lte=last, last_day__gte=first):
        for key, n in days_of(spans_of(hold)).items():
            if key in free:
                free[key] += n
    return free, {
        **shut,
        **{d.day: d.note for d in rows.values() if d.pool_id == pool.pk and d.note and not d.free},
    }
