"""What is asked for, as the counters see it: spans of pools and of the SKU places that go with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from coop.kernel import clock
from coop.models import Member, User
from fulfillment.capacity.availability.counters import Span
from fulfillment.capacity.models import Booking, BookingGroup, SlotPool, WaitlistEntry


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


def asked(ask: Ask, *, sign: int = 1) -> list[Span]:
    """What an ask takes of its pool, and of the node's SKU places."""
    spans = [Span(ask.pool.pk, ask.first_day, ask.last_day, sign * ask.slots)]
    if ask.pool.assortment_id:
        spans.append(Span(ask.pool.assortment_id, ask.first_day, ask.last_day, sign * max(1, ask.skus)))
    return spans


def all_asked(asks: Iterable[Ask]) -> list[Span]:
    """What several asks take together."""
    return [span for ask in asks for span in asked(ask)]


def spans_of(booking: Booking, *, first: dt.date | None = None, sign: int = 1) -> list[Span]:
    """What a booking takes (`sign` 1) or gives back (-1) of its pools, from `first` on."""
    begin = max(booking.first_day, first) if first else booking.first_day
    if begin > booking.last_day:
        return []
    spans = [Span(booking.pool_id, begin, booking.last_day, sign * booking.slots)]
    if booking.assortment_id and booking.skus:
        spans.append(Span(booking.assortment_id, begin, booking.last_day, sign * booking.skus))
    return spans


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
