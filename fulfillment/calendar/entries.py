"""What a feed tells: a member's or a node's rows as entries of a calendar. Titles name the thing first, the place last."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from coop.kernel import clock
from coop.models import Member, Node
from fulfillment.calendar.ical import Entry
from fulfillment.calendar.rows import MemberRows, NodeRows, member_rows, node_rows
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.drops.models import CycleRun, Drop, DropLeg

# How far a feed reaches; what was called off is told for as long as it looks back.
BACK = dt.timedelta(days=60)
AHEAD = dt.timedelta(days=400)
# A drop with an open end is shown as long as its first rush; it is no appointment.
_OPENING = dt.timedelta(hours=1)
_LONGEST = dt.timedelta(hours=12)


def member_entries(member: Member, site: str) -> list[Entry]:
    """A member's drops with what must be done for them, and the bookings beside them. Two queries."""
    now = clock.now()
    rows: MemberRows = member_rows(member, now - BACK, now + AHEAD, over=True)
    found: list[Entry] = []
    told: set[UUID] = set()
    for leg in rows.legs:
        url = f"{site}/portal/{member.slug}/drops/{leg.drop_id}/"
        if leg.drop_id not in told:
            told.add(leg.drop_id)
            found.append(_opening(leg, leg.drop.title, url))
        found += [_announce_by(leg, url), _dock_of(leg, url)]
    for booking in rows.bookings:
        found.append(_booking(booking, f"{site}/portal/{member.slug}/slots/{booking.pk}/"))
    return found


def node_entries(node: Node, site: str) -> list[Entry]:
    """Runs, dock appointments, bursts, tables, drops, shipments and closed days of a node. Five queries."""
    today = clock.today(node.timezone)
    rows: NodeRows = node_rows(node, today - BACK, today + AHEAD, over=True)
    home = f"{site}/floor/{node.slug}/"
    found = [_run(run, f"{home}dock/") for run in rows.runs]
    for booking in rows.bookings:
        found += _work(booking, home)
    found += [
        _opening(leg, f"{leg.drop.title} of {leg.drop.member.name}", f"{home}drops/{leg.drop_id}/", leg.pk)
        for leg in rows.legs
    ]
    for closure in rows.closures:
        found.append(
            Entry(
                uid=_uid("closure", closure.pk),
                title=f"Closed: {closure.reason}",
                starts=closure.day,
                ends=closure.day,
                zone=node.zone,
                changed_at=made_at(closure.pk),
                kind="Closure",
                place=node.name,
            )
        )
    for asn in rows.asns:
        over = asn.state == "cancelled"
        found.append(
            Entry(
                uid=_uid("asn", asn.pk),
                title=f"{asn.number} of {asn.member.name}",
                starts=asn.expected_on,
                ends=asn.expected_on,
                zone=node.zone,
                changed_at=asn.closed_at or asn.announced_at,
                sequence=int(asn.closed_at is not None),
                about=f"{asn.pieces} pieces in {asn.parcels} boxes; {asn.get_state_display()}.",  # type: ignore[attr-defined] # annotated
                place=node.name,
                url=f"{home}receive/{asn.pk}/",
                kind="Inbound",
                cancelled=over,
            )
        )
    return found


def made_at(pk: UUID) -> dt.datetime:
    """When a row with a UUIDv7 was made: its first 48 bits are milliseconds (RFC 9562)."""
    return dt.datetime.fromtimestamp((pk.int >> 80) // 1000, tz=dt.UTC)


def _uid(kind: str, pk: UUID) -> str:
    return f"{kind}-{pk}@commonshelf"


def _version(row: Any) -> dict[str, Any]:
    """`versions` and `changed_at`, as the rows were asked for."""
    return {"sequence": max(row.versions - 1, 0), "changed_at": row.changed_at or made_at(row.pk)}


def _opening(leg: DropLeg, title: str, url: str, uid: UUID | None = None) -> Entry:
    """A drop's opening on the clock of the leg's node, until it ends when that is the same day."""
    drop, node = leg.drop, leg.run.cycle.node
    ends = drop.opens_at + _OPENING
    if drop.closes_at is not None and drop.closes_at - drop.opens_at <= _LONGEST:
        ends = drop.closes_at
    closes = (
        f"Ends {drop.closes_at.astimezone(node.zone):%a %d %b %Y %H:%M} ({node.timezone})."
        if drop.closes_at
        else "Stays open until it is closed or sold out."
    )
    return Entry(
        uid=_uid("drop", uid or drop.pk),
        title=f"Drop opens: {title}",
        starts=drop.opens_at,
        ends=ends,
        zone=node.zone,
        about=f"{drop.get_state_display().capitalize()}. {closes}",
        place=node.name,
        url=url,
        kind="Drop",
        cancelled=drop.state == Drop.State.CANCELLED,
        tentative=drop.state == Drop.State.PLANNED,
        **_version(leg),
    )


def _announce_by(leg: DropLeg, url: str) -> Entry:
    node, done = leg.run.cycle.node, leg.asn is not None
    return Entry(
        uid=_uid("announce", leg.pk),
        title=f"{'Announced' if done else 'Announce the goods'}: {leg.drop.title} for {node.name}",
        starts=leg.run.announce_by,
        ends=leg.run.announce_by,
        zone=node.zone,
        about=f"{leg.asn.number} is on its way." if leg.asn else "Until then, or the drop slips or shrinks.",
        place=node.name,
        url=url,
        kind="To do",
        cancelled=leg.drop.state == Drop.State.CANCELLED,
        **_version(leg),
    )


def _dock_of(leg: DropLeg, url: str) -> Entry:
    node = leg.run.cycle.node
    return Entry(
        uid=_uid("leg", leg.pk),
        title=f"Deliver to {node.name}: {leg.drop.title}",
        starts=leg.run.dock_from,
        ends=leg.run.dock_until,
        zone=node.zone,
        about="The dock is open for this run.",
        place=f"{node.street}, {node.postcode} {node.city}",
        url=url,
        kind="Delivery",
        busy=True,
        cancelled=leg.drop.state == Drop.State.CANCELLED or leg.run.is_off,
        tentative=leg.drop.state == Drop.State.PLANNED,
        **_version(leg),
    )


def _booking(booking: Booking, url: str) -> Entry:
    """A member's own booking: a dock's window on its day, else whole days."""
    node = booking.pool.node
    offered = getattr(booking, "offered_to", None) is not None
    word = {"held": "Offered" if offered else "Held", "booked": "Booked"}.get(booking.state, "Given back")
    until = (
        f"Held until {booking.held_until.astimezone(node.zone):%a %d %b %H:%M} ({node.timezone})."
        if booking.held_until and booking.state == "held"
        else ""
    )
    starts, ends = _days_or_window(booking)
    return Entry(
        uid=_uid("booking", booking.pk),
        title=f"{word}: {booking.slots} {booking.pool.label} at {node.name}",
        starts=starts,
        ends=ends,
        zone=node.zone,
        about=until,
        place=node.name,
        url=url,
        kind=booking.pool.get_kind_display().capitalize(),
        cancelled=booking.is_over or booking.ran_out(clock.now()),
        tentative=booking.state == "held",
        busy=booking.pool.kind in ("dock", "table"),
        **_version(booking),
    )


def _work(booking: Booking, home: str) -> list[Entry]:
    """What a booking means for the node: somebody at the dock or at a table, or a rush of picks."""
    if booking.state == "held" or booking.ran_out(clock.now()):
        return []
    pool, node = booking.pool, booking.pool.node
    leg = getattr(booking.group, "drop_leg", None) if booking.group else None
    title = f"{booking.member.name}: {booking.slots} {pool.label}"
    if leg is not None:
        title += f" for {leg.drop.title}"
    starts, ends = _days_or_window(booking)
    return [
        Entry(
            uid=_uid("booking", booking.pk),
            title=title,
            starts=starts,
            ends=ends,
            zone=node.zone,
            place=node.name,
            url=f"{home}drops/{leg.drop_id}/"
            if leg is not None
            else f"{home}calendar/?from={booking.first_day}",
            kind=pool.get_kind_display().capitalize(),
            cancelled=booking.is_over,
            busy=pool.kind == SlotPool.Kind.DOCK,
            **_version(booking),
        )
    ]


def _days_or_window(booking: Booking) -> tuple[dt.date, dt.date]:
    """The days of a booking; of a dock on one day the hours of its window."""
    pool, zone = booking.pool, booking.pool.node.zone
    if pool.opens_at is None or pool.closes_at is None or booking.first_day != booking.last_day:
        return booking.first_day, booking.last_day
    return (
        dt.datetime.combine(booking.first_day, pool.opens_at, tzinfo=zone),
        dt.datetime.combine(booking.first_day, pool.closes_at, tzinfo=zone),
    )


def _run(run: CycleRun, url: str) -> Entry:
    node = run.cycle.node
    return Entry(
        uid=_uid("run", run.pk),
        title=f"{run.cycle.name}: dock open",
        starts=run.dock_from,
        ends=run.dock_until,
        zone=node.zone,
        about=f"Announced by {run.announce_by.astimezone(node.zone):%a %d %b %H:%M} ({node.timezone}).",
        place=node.name,
        url=url,
        kind="Run",
        cancelled=run.is_off,
        busy=True,
        **_version(run),
    )
