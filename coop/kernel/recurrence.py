"""Days by a repetition rule (RFC 5545): of cycles, of series of bookings. No database here."""

from __future__ import annotations

import datetime as dt
import re

from dateutil.rrule import rrulestr

from coop.kernel.errors import Invalid

_SHAPE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*")
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_LONGEST_INTERVAL = 366
_LONGEST_RULE = 200
_UNREADABLE = "This rule cannot be read. Write for example FREQ=WEEKLY;BYDAY=TU."

# The library searches for the next day up to the year 9999, also for one that never comes (30 February): seconds of
# work that anybody could order. The calendar repeats itself every 400 years, weekdays and all, so the search is done
# as late in it as it goes.
_ERA = 400


class BadRule(Invalid):
    """The repetition rule cannot be read, or never happens."""

    code = "bad_rule"


def days_by_rule(rule: str, starts_on: dt.date, first: dt.date, last: dt.date) -> list[dt.date]:
    """The days of an RRULE that starts on `starts_on`, from `first` to `last`, both included.

    Raises BadRule for what is no rule of days. COUNT is refused: a rule that ends says UNTIL.
    """
    parts = _parts(rule)
    if "UNTIL" in parts:
        last = min(last, _until(parts.pop("UNTIL")))
    if last < first:
        return []
    years = (9990 - max(starts_on, last).year) // _ERA * _ERA
    end = _late(last, years)
    text = ";".join(f"{key}={value}" for key, value in parts.items()) + f";UNTIL={end:%Y%m%d}T235959"
    try:
        found = rrulestr(text, dtstart=_late(starts_on, years)).between(
            _late(first, years), dt.datetime.combine(end, dt.time.max), inc=True
        )
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise BadRule(_UNREADABLE, field="rrule") from error
    return [day.date().replace(year=day.year - years) for day in found]


def _late(day: dt.date, years: int) -> dt.datetime:
    return dt.datetime.combine(day.replace(year=day.year + years), dt.time())


def _parts(rule: str) -> dict[str, str]:
    if len(rule) > _LONGEST_RULE or not _SHAPE.fullmatch(rule):
        raise BadRule(_UNREADABLE, field="rrule")
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadRule("A rule repeats DAILY, WEEKLY, MONTHLY or YEARLY.", field="rrule")
    # The library would search for ever with an interval of 0.
    interval = parts.get("INTERVAL", "1")
    if not (interval.isdigit() and 1 <= int(interval) <= _LONGEST_INTERVAL):
        raise BadRule(f"INTERVAL is a number from 1 to {_LONGEST_INTERVAL}.", field="rrule")
    if unknown := {"COUNT", "BYHOUR", "BYMINUTE", "BYSECOND", "DTSTART"} & parts.keys():
        raise BadRule(
            f"{', '.join(sorted(unknown))} cannot be used here; a rule names days and ends with UNTIL.",
            field="rrule",
        )
    return parts


def _until(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day
    except ValueError as error:
        raise BadRule("UNTIL is a day like 20271231.", field="rrule") from error
