"""A node's calendar as a page shows it: weeks of days, and what happens on each, the earliest first."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from coop.kernel import clock
from coop.models import Node
from fulfillment.calendar.rows import Load, NodeRows
from fulfillment.capacity.models import Booking
from fulfillment.inventory.models import Asn


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing on a day. `kind` is run, dock, table, burst, drop or asn; `pk` that of its cause (a drop, an ASN)."""

    kind: str
    title: str
    note: str = ""
    hours: str = ""
    pk: UUID | None = None
    tone: str = ""


@dataclass(slots=True)
class Day:
    """One day of a node."""

    day: dt.date
    load: Load
    closed: str = ""
    happenings: list[Happening] = field(default_factory=list)


def weeks_of(
    node: Node, rows: NodeRows, loads: dict[dt.date, Load], first: dt.date, last: dt.date, today: dt.date
) -> list[list[Day]]:
    """The days from `first` (a Monday) to `last` (a Sunday), seven in each row."""
    days = {day: Day(day, loads[day]) for day in clock.days_between(first, last)}
    for closure in rows.closures:
        days[closure.day].closed = closure.reason
    found: dict[dt.date, list[tuple[str, Happening]]] = defaultdict(list)
    for day, order, happening in _all(node, rows, today):
        if day in days:
            found[day].append((order, happening))
    for day, things in found.items():
        days[day].happenings = [h for _, h in sorted(things, key=lambda t: (t[0], t[1].kind, t[1].title))]
    every = list(days.values())
    return [every[n : n + 7] for n in range(0, len(every), 7)]


def _all(node: Node, rows: NodeRows, today: dt.date) -> Iterator[tuple[dt.date, str, Happening]]:
    """Each with its day and what it is sorted by; whole days come first."""
    zone = node.zone
    for run in rows.runs:
        hours = _window(run.dock_from, run.dock_until, zone)
        drops = run.drop_count  # type: ignore[attr-defined] # annotated
        note = f"{drops} drop{'s' if drops != 1 else ''}" if drops else ""
        yield run.dock_from.astimezone(zone).date(), hours, Happening("run", run.cycle.name, note, hours)
    for leg in rows.legs:
        opens = leg.opens_at.astimezone(zone)
        time = f"{opens:%H:%M:%S}" if opens.second else f"{opens:%H:%M}"
        yield opens.date(), time, Happening(
            "drop", leg.drop.title, leg.drop.member.name, time, leg.drop_id, leg.drop.state
        )  # fmt: skip
    for asn in rows.asns:
        late = asn.expected_on < today and asn.state == Asn.State.ANNOUNCED
        note = f"{asn.member.name}, {asn.pieces} pcs"  # type: ignore[attr-defined] # annotated
        yield asn.expected_on, "", Happening("asn", asn.number, note, "", asn.pk, "late" if late else "")
    for booking in rows.bookings:
        yield from _booked(booking)


def _booked(booking: Booking) -> Iterator[tuple[dt.date, str, Happening]]:
    pool = booking.pool
    leg = getattr(booking.group, "drop_leg", None) if booking.group else None
    hours = f"{pool.opens_at:%H:%M}–{pool.closes_at:%H:%M}" if pool.opens_at and pool.closes_at else ""
    kind = "burst" if pool.kind == "picks" else pool.kind
    what = leg.drop.title if leg is not None else booking.member.name
    note = f"{booking.slots:,} {'picks' if kind == 'burst' else pool.label}"
    if kind == "dock":
        note = f"{booking.member.name}" if leg is not None else pool.name
    tone = "held" if booking.state == "held" else "came" if booking.used_at else ""
    for day in booking.days:
        yield day, hours, Happening(kind, what, note, hours, leg.drop_id if leg is not None else None, tone)


def _window(opens: dt.datetime, closes: dt.datetime, zone: ZoneInfo) -> str:
    return f"{opens.astimezone(zone):%H:%M}–{closes.astimezone(zone):%H:%M}"
