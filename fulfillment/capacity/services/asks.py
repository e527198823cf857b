"""What is asked for, as counters see it and as the booking that comes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.models import Member, User
from fulfillment.capacity.better import better_node
from fulfillment.capacity.counters import Span, short_of
from fulfillment.capacity.errors import Full, OnHold, OverTier
from fulfillment.capacity.models import Booking, BookingGroup, SlotPool, WaitlistEntry
from fulfillment.capacity.services.pools import day_range, open_days


@dataclass(frozen=True, slots=True)
class Ask:
    """So many slots of a pool on each day from `first_day` to `last_day`; `skus` different SKUs will lie there.

    `group` is the booking's own, if not all that are asked for together belong to one.
    """

    pool: SlotPool
    slots: int
    first_day: dt.date
    last_day: dt.date
    skus: int = 0
    group: BookingGroup | None = None


def ask_of(row: Booking | WaitlistEntry) -> Ask:
    """What a booking takes, or what somebody waits for."""
    return Ask(row.pool, row.slots, row.first_day, row.last_day, row.skus)


def booking_of(
    ask: Ask,
    *,
    member: Member,
    held_until: dt.datetime | None,
    group: BookingGroup | None = None,
    by: User | None = None,
) -> Booking:
    """The booking that an ask becomes, not saved; with `held_until` it is only held."""
    return Booking(
        member=member,
        pool=ask.pool,
        group=ask.group or group,
        slots=ask.slots,
        first_day=ask.first_day,
        last_day=ask.last_day,
        skus=max(1, ask.skus) if ask.pool.kind == SlotPool.Kind.SHELF else 0,
        assortment_id=ask.pool.assortment_id,
        state=Booking.State.BOOKED if held_until is None else Booking.State.HELD,
        held_until=held_until,
        booked_by=by,
        booked_at=clock.now(),
    )


def spans_of(booking: Booking, *, first: dt.date | None = None, sign: int = 1) -> list[Span]:
    """What a booking takes (`sign` 1) or gives back (-1) of its pools, from `first` on."""
    begin = max(booking.first_day, first) if first else booking.first_day
    if begin > booking.last_day:
        return []
    spans = [Span(booking.pool_id, begin, booking.last_day, sign * booking.slots)]
    if booking.assortment_id and booking.skus:
        spans.append(Span(booking.assortment_id, begin, booking.last_day, sign * booking.skus))
    return spans


def asked(ask: Ask, *, sign: int = 1) -> list[Span]:
    """What an ask takes of its pool, and of the node's SKU places."""
    spans = [Span(ask.pool.pk, ask.first_day, ask.last_day, sign * ask.slots)]
    if ask.pool.assortment_id:
        spans.append(Span(ask.pool.assortment_id, ask.first_day, ask.last_day, sign * max(1, ask.skus)))
    return spans


def open_asked(asks: Sequence[Ask]) -> None:
    """Open the days that are asked for, if they are not. Pool by pool in key order: who opens the same waits, never crosswise."""
    wanted = [(pool, ask) for ask in asks for pool in (ask.pool, ask.pool.assortment) if pool is not None]
    for pool, ask in sorted(wanted, key=lambda pair: (pair[0].pk, pair[1].first_day, pair[1].last_day)):
        open_days(pool=pool, first=ask.first_day, last=ask.last_day)


def check_standing(member: Member) -> None:
    """Raises OnHold when the member may book nothing new."""
    if member.standing != Member.Standing.GOOD:
        raise OnHold(
            f"{member.name} is {member.get_standing_display()} and cannot book new slots. What is booked stays booked."
        )


def check_asks(asks: Sequence[Ask]) -> None:
    """Raises Invalid for what makes no sense."""
    if not asks:
        raise Invalid("Name at least one thing to book.", field="slots")
    for ask in asks:
        if ask.slots < 1:
            raise Invalid("Book at least one slot.", code="slots_zero", field="slots")
        if ask.first_day < clock.today(ask.pool.node.timezone):
            raise Invalid("This day is over at the node. Start today or later.", field="first_day")
        if ask.pool.kind == SlotPool.Kind.ASSORTMENT:
            raise Invalid("SKU places come with shelf slots; book those.", field="pool")
        day_range(ask.first_day, ask.last_day)


def refusal(asks: Sequence[Ask], spans: Sequence[Span]) -> Full | OverTier:
    """Why the counters did not move: the first pool that is short, with its days."""
    short = short_of(spans)
    places = {ask.pool.assortment_id: ask for ask in asks if ask.pool.assortment_id}
    if short and (ask := places.get(short[0].pool_id)) and all(s.pool_id in places for s in short):
        node = ask.pool.node
        days = [(s.day, s.free) for s in short if s.pool_id == short[0].pool_id]
        return OverTier(node.name, node.get_tier_display(), short[0].asked, days, better_node(ask))
    pools: dict[UUID, SlotPool] = {ask.pool.pk: ask.pool for ask in asks}
    named = [s for s in short if s.pool_id in pools]
    first = pools[named[0].pool_id] if named else asks[0].pool
    return Full(
        named[0].asked if named else asks[0].slots,
        [(s.day, s.free) for s in named if s.pool_id == first.pk],
        what=first,
    )
