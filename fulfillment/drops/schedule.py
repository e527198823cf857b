"""When a cycle's runs are: a repetition rule read in the node's own time. No database here."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from fulfillment.drops.errors import BadRule

_SHAPE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*")
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_LONGEST_INTERVAL = 366


@dataclass(frozen=True, slots=True)
class Times:
    """The four moments of one run, aware, in UTC."""

    announce_by: dt.datetime
    dock_from: dt.datetime
    dock_until: dt.datetime
    available_from: dt.datetime


def run_days(rule: str, starts_on: dt.date, first: dt.date, last: dt.date) -> list[dt.date]:
    """The dock days of an RRULE (RFC 5545) that starts on `starts_on`, from `first` to `last`, both included.

    Raises BadRule for what is no rule of days. COUNT is refused: a rule that ends says UNTIL.
    """
    parts = _parts(rule)
    end = dt.datetime.combine(last, dt.time.max)
    # Without an end a rule that never happens (30 February) would be searched up to the year 9999.
    if "UNTIL" in parts:
        end = min(end, _until(parts.pop("UNTIL")))
    text = ";".join(f"{key}={value}" for key, value in parts.items()) + f";UNTIL={end:%Y%m%dT%H%M%S}"
    try:
        found = rrulestr(text, dtstart=dt.datetime.combine(starts_on, dt.time()))
        return [
            day.date()
            for day in found.between(_start(first), dt.datetime.combine(last, dt.time.max), inc=True)
        ]
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise BadRule(
            "This rule cannot be read. Write for example FREQ=WEEKLY;BYDAY=TU.", field="rrule"
        ) from error


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


def _parts(rule: str) -> dict[str, str]:
    if not _SHAPE.fullmatch(rule):
        raise BadRule("This rule cannot be read. Write for example FREQ=WEEKLY;BYDAY=TU.", field="rrule")
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadRule("A cycle repeats DAILY, WEEKLY, MONTHLY or YEARLY.", field="rrule")
    # The library would search for ever with an interval of 0.
    interval = parts.get("INTERVAL", "1")
    if not (interval.isdigit() and 1 <= int(interval) <= _LONGEST_INTERVAL):
        raise BadRule(f"INTERVAL is a number from 1 to {_LONGEST_INTERVAL}.", field="rrule")
    if unknown := {"COUNT", "BYHOUR", "BYMINUTE", "BYSECOND", "DTSTART"} & parts.keys():
        raise BadRule(
            f"{', '.join(sorted(unknown))} cannot be used here; the times of day are the dock's.",
            field="rrule",
        )
    return parts


def _until(text: str) -> dt.datetime:
    try:
        return dt.datetime.combine(dt.datetime.strptime(text[:8], "%Y%m%d").date(), dt.time.max)  # noqa: DTZ007 - a day
    except ValueError as error:
        raise BadRule("UNTIL is a day like 20271231.", field="rrule") from error


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def _at(day: dt.date, clock_time: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, clock_time, tzinfo=zone).astimezone(dt.UTC)
