"""The same slots again and again: a series by a repetition rule, booked whole or not at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.recurrence import BadRule, days_by_rule
from coop.models import Member, User
from fulfillment.capacity.availability.asks import Ask, all_asked, asked
from fulfillment.capacity.availability.counters import days_of
from fulfillment.capacity.availability.opening import LONGEST_DAYS
from fulfillment.capacity.availability.reading import read_spans
from fulfillment.capacity.availability.reasons import in_words
from fulfillment.capacity.booking.bookings import book
from fulfillment.capacity.booking.checks import check_asks, check_standing
from fulfillment.capacity.booking.groups import make_group
from fulfillment.capacity.models import BookingGroup, SlotPool

# A series is one act: so many bookings at once and no more.
MOST_OCCURRENCES = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`days` days from each day of the rule (RFC 5545), from `first_day` until `until`."""

    pool: SlotPool
    slots: int
    first_day: dt.date
    until: dt.date
    rrule: str
    days: int = 1
    skus: int = 0
    title: str = ""

    def asks(self) -> list[Ask]:
        """One ask a turn. Raises BadRule for a rule that cannot be read or never happens, Invalid for too much."""
        if not 1 <= self.days <= LONGEST_DAYS:
            raise Invalid(f"Each time takes 1 to {LONGEST_DAYS} days.", field="days")
        if self.until < self.first_day or (self.until - self.first_day).days > LONGEST_DAYS:
            raise Invalid(f"A series ends within {LONGEST_DAYS} days of its first day.", field="until")
        begins = days_by_rule(self.rrule, self.first_day, self.first_day, self.until)
        if not begins:
            raise BadRule("This rule has no day in that time.", field="rrule")
        if len(begins) > MOST_OCCURRENCES:
            raise Invalid(
                f"That is {len(begins)} bookings; make it {MOST_OCCURRENCES} at most.", field="until"
            )
        length = dt.timedelta(days=self.days - 1)
        return [Ask(self.pool, self.slots, day, day + length, self.skus) for day in begins]


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
def book_series(*, member: Member, series: Series, by: User | None = None) -> BookingGroup:
    """Book every turn of the series, or none.

    Raises what `Series.asks` and `book` raise; `preview_series` says beforehand what stands in the way.
    """
    asks = series.asks()
    group = make_group(
        member=member,
        kind=BookingGroup.Kind.SERIES,
        title=series.title or f"{series.slots} {series.pool.label}",
        rrule=series.rrule,
        by=by,
    )
    book(member=member, asks=asks, group=group, by=by)
    return group


def preview_series(*, member: Member, series: Series) -> list[Occurrence]:
    """Every turn of the series with what stands in its way; with no clash anywhere `book_series` would book it now.

    One query, however long the series. Raises BadRule, Invalid, OnHold.
    """
    asks = series.asks()
    check_standing(member)
    check_asks(asks)
    wanted = all_asked(asks)
    reading = read_spans(wanted)
    lacks = {(lack.pool_id, lack.day): lack for lack in reading.lacking(wanted)}
    found = []
    for ask in asks:
        keys = sorted(days_of(asked(ask)), key=lambda key: key[1])
        clashes = [
            Clash(lack.day, lack.free, in_words(reading.days[key], lack.asked))
            for key in keys
            if (lack := lacks.get(key))
        ]
        found.append(Occurrence(ask.first_day, ask.last_day, clashes))
    return found
