"""A calendar as calendar programs read it (RFC 5545). Pure: from entries to text, no database, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration

# How often a program should ask again.
REFRESH = dt.timedelta(minutes=30)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a calendar: a moment to a moment (aware, told in `zone`), or whole days (`last` included).

    `uid` never changes; `sequence` grows with every change, `changed_at` is the last one. A `cancelled` entry stays for
    a while, so that programs that know it take it out; a `tentative` one is not certain yet. `busy` says that somebody
    has to be there.
    """

    uid: str
    title: str
    starts: dt.datetime | dt.date
    ends: dt.datetime | dt.date
    zone: ZoneInfo
    changed_at: dt.datetime
    sequence: int = 0
    about: str = ""
    place: str = ""
    url: str = ""
    kind: str = ""
    cancelled: bool = False
    tentative: bool = False
    busy: bool = False


def calendar_text(name: str, entries: Sequence[Entry], *, zone: ZoneInfo | None = None) -> bytes:
    """The calendar, UTF-8, with the VTIMEZONE of every zone it names. The same entries make the same text."""
    calendar = Calendar()
    calendar.add("prodid", "-//Commonshelf//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    if zone is not None:
        calendar.add("x-wr-timezone", zone.key)
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    ordered = sorted(entries, key=lambda entry: (_day(entry.starts, entry.zone), entry.uid))
    for entry in ordered:
        calendar.add_component(_event(entry))
    if ordered:
        first = min(_day(entry.starts, entry.zone) for entry in ordered)
        last = max(_day(entry.ends, entry.zone) for entry in ordered)
        # Whole years, so that the rules of both halves are there and the text does not change every day.
        calendar.add_missing_timezones(
            first_date=dt.date(first.year, 1, 1), last_date=dt.date(last.year + 2, 1, 1)
        )
    text: bytes = calendar.to_ical()
    return text


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    # When this form of it was made: the last change. The clock would make another text of it at every reading.
    event.add("dtstamp", entry.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("last-modified", entry.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("sequence", entry.sequence)
    event.add("dtstart", _told(entry.starts, entry.zone))
    event.add("dtend", _told(entry.ends, entry.zone, end=True))
    event.add("summary", entry.title)
    event.add("status", "CANCELLED" if entry.cancelled else "TENTATIVE" if entry.tentative else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    for key, value in (("description", entry.about), ("location", entry.place), ("url", entry.url)):
        if value:
            event.add(key, value)
    if entry.kind:
        event.add("categories", [entry.kind])
    return event


def _told(moment: dt.datetime | dt.date, zone: ZoneInfo, *, end: bool = False) -> dt.datetime | dt.date:
    """On the wall of the zone; the end of whole days is the day after."""
    if isinstance(moment, dt.datetime):
        return moment.astimezone(zone).replace(microsecond=0)
    return moment + _DAY if end else moment


def _day(moment: dt.datetime | dt.date, zone: ZoneInfo) -> dt.date:
    return moment.astimezone(zone).date() if isinstance(moment, dt.datetime) else moment
