"""When a cycle's runs are: a repetition rule read in the node's own time. No database here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from coop.kernel.recurrence import days_by_rule

# The dock days of a cycle.
run_days = days_by_rule


@dataclass(frozen=True, slots=True)
class Times:
    """The four moments of one run, aware, in UTC."""

    announce_by: dt.datetime
    dock_from: dt.datetime
    dock_until: dt.datetime
    available_from: dt.datetime


def times_of(
    day: dt.date,
    *,
    zone: ZoneInfo,
    dock_opens: dt.time,
    dock_closes: dt.time,
    announce_days: int,
    available_hours: int,
) -> Times:
    """The moments of the run on `day`. The clock on the node's wall decides, summer time or not; `available_hours` elapse."""
    dock_from = _at(day, dock_opens, zone)
    return Times(
        announce_by=_at(day - dt.timedelta(days=announce_days), dock_opens, zone),
        dock_from=dock_from,
        dock_until=_at(day, dock_closes, zone),
        available_from=dock_from + dt.timedelta(hours=available_hours),
    )


def _at(day: dt.date, clock_time: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, clock_time, tzinfo=zone).astimezone(dt.UTC)


Moved = tuple[
    ZoneInfo, dt.datetime, dt.datetime
]  # a node's zone, when its goods were available, when they are now


def shifted(moment: dt.datetime, moves: Iterable[Moved]) -> dt.datetime:
    """`moment` moved by as many days as the run that moves most, at the same time on that node's wall; never before all
    goods are available."""
    found = moment
    for zone, was, comes in moves:
        days = comes.astimezone(zone).date() - was.astimezone(zone).date()
        wall = moment.astimezone(zone)
        later = dt.datetime.combine(wall.date() + days, wall.timetz().replace(tzinfo=None), tzinfo=zone)
        found = max(found, later.astimezone(dt.UTC), comes)
    return found
