"""A member's season: thirteen weeks with what is planned, and what must be done by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from coop.models import Node
from fulfillment.calendar.rows import MemberRows
from fulfillment.capacity.models import Booking
from fulfillment.drops.models import Drop, DropLeg

WEEKS = 13


@dataclass(frozen=True, slots=True)
class Band:
    """Something that lasts, over columns of weeks (1 to WEEKS, both included). `kind` is drop, booking, hold or offer."""

    kind: str
    title: str
    note: str
    start: int
    end: int
    pk: UUID
    state: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something to do by a moment. `kind`: announce, confirm (a hold), take (an offer), reserve; `is_gap`: goods lack."""

    kind: str
    at: dt.datetime
    node: Node
    title: str
    pk: UUID
    late: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a month: a moment of a drop, or the days of a booking."""

    at: dt.datetime | dt.date
    day: dt.date
    kind: str
    title: str
    node: Node
    pk: UUID
    state: str = ""
    until: dt.date | None = None


@dataclass(slots=True)
class Month:
    """A month of the season: its columns in the bands, its lines."""

    first: dt.date
    start: int
    span: int
    moments: list[Moment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Season:
    first: dt.date
    last: dt.date
    weeks: Sequence[dt.date]
    months: Sequence[Month]
    bands: Sequence[Band]
    deadlines: Sequence[Deadline]
    gaps: int

    @property
    def is_empty(self) -> bool:
        return not self.bands and not self.deadlines


def season_of(rows: MemberRows, monday: dt.date, now: dt.datetime) -> Season:
    """The WEEKS weeks from a Monday on."""
    last = monday + dt.timedelta(days=7 * WEEKS - 1)
    weeks = [monday + dt.timedelta(weeks=n) for n in range(WEEKS)]
    lines = sorted(
        (m for m in [*_of_legs(rows.legs), *_of_bookings(rows.bookings, monday)] if monday <= m.day <= last),
        key=lambda m: (m.day, str(m.at), m.title),
    )
    deadlines = sorted(_deadlines(rows, now), key=lambda d: d.at)
    return Season(
        first=monday,
        last=last,
        weeks=weeks,
        months=_months(weeks, lines),
        bands=_bands(rows, monday, last, now),
        deadlines=deadlines,
        gaps=sum(d.kind == "announce" for d in deadlines),
    )


def _months(weeks: Sequence[dt.date], lines: Sequence[Moment]) -> list[Month]:
    """A week belongs to the month of its Thursday, as in ISO 8601 it belongs to that year."""
    months: list[Month] = []
    for n, week in enumerate(weeks, start=1):
        first = (week + dt.timedelta(days=3)).replace(day=1)
        if months and months[-1].first == first:
            months[-1].span += 1
        else:
            months.append(Month(first, n, 1))
    for line in lines:
        fitting = [m for m in months if m.first <= line.day]
        (fitting[-1] if fitting else months[0]).moments.append(line)
    return months


def _bands(rows: MemberRows, monday: dt.date, last: dt.date, now: dt.datetime) -> list[Band]:
    bands: list[tuple[dt.date, Band]] = []
    for drop, legs in _by_drop(rows.legs):
        zone = legs[0].run.cycle.node.zone
        begins = min(leg.run.dock_from for leg in legs).astimezone(zone).date()
        ends = (
            drop.closes_at or max(drop.opens_at, now if drop.state == "live" else drop.opens_at)
        ).astimezone(zone)
        nodes = ", ".join(leg.run.cycle.node.name for leg in legs)
        _add(bands, "drop", drop.title, nodes, begins, ends.date(), drop.pk, drop.state, (monday, last))
    for booking in rows.bookings:
        if booking.ran_out(now):
            continue
        kind, pk = _kind_of(booking)
        label = f"{booking.slots:,} {booking.pool.label}"
        _add(
            bands, kind, label, booking.pool.node.name, booking.first_day, booking.last_day, pk, booking.state, (monday, last)
        )  # fmt: skip
    return [
        band for _, band in sorted(bands, key=lambda pair: (pair[1].kind != "drop", pair[0], pair[1].title))
    ]


def _add(
    bands: list[tuple[dt.date, Band]],
    kind: str,
    title: str,
    note: str,
    begins: dt.date,
    ends: dt.date,
    pk: UUID,
    state: str,
    shown: tuple[dt.date, dt.date],
) -> None:
    first, last = shown
    if ends < first or begins > last:
        return
    start = (max(begins, first) - first).days // 7 + 1
    end = (min(ends, last) - first).days // 7 + 1
    bands.append((begins, Band(kind, title, note, start, end, pk, state)))


def _by_drop(legs: Sequence[DropLeg]) -> list[tuple[Drop, list[DropLeg]]]:
    found: dict[UUID, list[DropLeg]] = {}
    for leg in legs:
        found.setdefault(leg.drop_id, []).append(leg)
    return [(same[0].drop, same) for same in found.values()]


def _of_legs(legs: Sequence[DropLeg]) -> list[Moment]:
    lines: list[Moment] = []
    for drop, same in _by_drop(legs):
        node = same[0].run.cycle.node
        times = [("opens", drop.opens_at), ("preorders", drop.preorders_from), ("closes", drop.closes_at)]
        lines += [_moment(kind, at, node, drop) for kind, at in times if at is not None]
        for leg in same:
            there = leg.run.cycle.node
            lines.append(_moment("dock", leg.run.dock_from, there, drop))
            if leg.asn_id is None:
                lines.append(_moment("announce", leg.run.announce_by, there, drop))
    return lines


def _moment(kind: str, at: dt.datetime, node: Node, drop: Drop) -> Moment:
    return Moment(at, at.astimezone(node.zone).date(), kind, drop.title, node, drop.pk, drop.state)


def _of_bookings(bookings: Sequence[Booking], monday: dt.date) -> list[Moment]:
    return [
        Moment(
            booking.first_day,
            max(booking.first_day, monday),
            _kind_of(booking)[0],
            f"{booking.slots:,} {booking.pool.label}",
            booking.pool.node,
            _kind_of(booking)[1],
            booking.state,
            booking.last_day,
        )
        for booking in bookings
    ]


def _kind_of(booking: Booking) -> tuple[str, UUID]:
    """booking, hold or offer, and the key of what its page shows."""
    if booking.state != Booking.State.HELD:
        return "booking", booking.pk
    offer: Any = getattr(booking, "offered_to", None)
    return ("hold", booking.pk) if offer is None else ("offer", offer.pk)


def _deadlines(rows: MemberRows, now: dt.datetime) -> list[Deadline]:
    """What waits for her: goods to announce while the run still takes them, plans to reserve, holds and offers that end."""
    found: list[Deadline] = []
    for leg in rows.legs:
        drop, node = leg.drop, leg.run.cycle.node
        if drop.state == Drop.State.PLANNED:
            found.append(
                Deadline("reserve", leg.run.announce_by, node, drop.title, drop.pk, leg.run.announce_by < now)
            )
        elif leg.asn_id is None and drop.waits_for_goods:
            found.append(
                Deadline(
                    "announce", leg.run.announce_by, node, drop.title, drop.pk, leg.run.announce_by < now
                )
            )
    for booking in rows.bookings:
        if booking.state == Booking.State.HELD and not booking.ran_out(now) and booking.held_until:
            kind, pk = _kind_of(booking)
            label = f"{booking.slots:,} {booking.pool.label}"
            found.append(
                Deadline(
                    "take" if kind == "offer" else "confirm", booking.held_until, booking.pool.node, label, pk
                )
            )
    return found
