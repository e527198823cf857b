"""When a node works, and what it can promise. Pure: no database, no clock.

A node's day is a day in its own time zone. Comparisons are made between moments, never between times on the wall,
so that an hour that comes twice or not at all (daylight saving) is the same hour for everyone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from coop.kernel.errors import Conflict

# A node that has no working day within a year will not have one.
HORIZON_DAYS = 370


class NeverOpen(Conflict):
    """The node has no working day ahead."""

    code = "never_open"


@dataclass(frozen=True)
class Schedule:
    """A node's week, its closures, its zone and its cutoff. Make one per node, ask it as often as you like."""

    zone: ZoneInfo
    cutoff: dt.time
    week: Mapping[int, tuple[dt.time, dt.time]]  # weekday (0 = Monday) → opens, closes
    closures: frozenset[dt.date] = field(default_factory=frozenset)

    @classmethod
    def of(cls, node: Any) -> Schedule:
        """The schedule of a node; two queries, none when its `opening_hours` and `closures` are prefetched."""
        return cls(
            zone=ZoneInfo(node.timezone),
            cutoff=node.cutoff_at,
            week={row.weekday: (row.opens, row.closes) for row in node.opening_hours.all()},
            closures=frozenset(row.day for row in node.closures.all()),
        )

    def is_open(self, day: dt.date) -> bool:
        """Whether the node works on that day."""
        return day.weekday() in self.week and day not in self.closures

    def next_working_day(self, day: dt.date) -> dt.date:
        """The first working day after `day`. Raises NeverOpen when there is none within a year."""
        for ahead in range(1, HORIZON_DAYS):
            if self.is_open(following := day + dt.timedelta(days=ahead)):
                return following
        raise NeverOpen("This node has no working day ahead. Set its opening hours first.")

    def opens(self, day: dt.date) -> dt.datetime:
        """The moment (UTC) at which the node opens on a working day."""
        return self._moment(day, self.week[day.weekday()][0])

    def closes(self, day: dt.date) -> dt.datetime:
        """The moment (UTC) at which the node closes on a working day."""
        return self._moment(day, self.week[day.weekday()][1])

    def cutoff_on(self, day: dt.date) -> dt.datetime:
        """The last moment (UTC) at which an order still leaves on that working day: the cutoff, or an earlier closing."""
        return min(self._moment(day, self.cutoff), self.closes(day))

    def promise(self, placed_at: dt.datetime) -> dt.datetime:
        """By when (UTC) an order placed at that moment is shipped.

        Placed by the cutoff of a working day: that day's closing; else the next working day's closing.
        Raises NeverOpen.
        """
        day = placed_at.astimezone(self.zone).date()
        if not (self.is_open(day) and placed_at <= self.cutoff_on(day)):
            day = self.next_working_day(day)
        return self.closes(day)

    def next_turn(self, now: dt.datetime) -> dt.datetime:
        """The first moment (UTC) after `now` from which on the node may say something else of today and its promise.

        That is when it opens, when the cutoff is over, when it closes, and when another day begins.
        """
        day = now.astimezone(self.zone).date()
        turns = [self._moment(day + dt.timedelta(days=1), dt.time())]
        if self.is_open(day):
            # An order placed at the cutoff itself is in time.
            turns += [self.opens(day), self.cutoff_on(day) + dt.timedelta.resolution, self.closes(day)]
        return min(turn for turn in turns if turn > now)

    def _moment(self, day: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(day, time, tzinfo=self.zone).astimezone(dt.UTC)


def is_open(node: Any, day: dt.date) -> bool:
    """Whether the node works on that day."""
    return Schedule.of(node).is_open(day)


def next_working_day(node: Any, day: dt.date) -> dt.date:
    """The node's first working day after `day`. Raises NeverOpen."""
    return Schedule.of(node).next_working_day(day)


def promise(node: Any, placed_at: dt.datetime) -> dt.datetime:
    """By when (UTC) the node ships an order placed at that moment. For many orders keep one `Schedule.of(node)`."""
    return Schedule.of(node).promise(placed_at)
