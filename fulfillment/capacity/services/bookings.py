"""Booking slots, holding them, confirming, and giving them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from coop import clock
from coop.acts import act
from coop.errors import Invalid
from coop.locks import lock_rows
from coop.models import Member, User
from fulfillment.capacity.better import better_node
from fulfillment.capacity.counters import Span, lock_days, move, short_of
from fulfillment.capacity.errors import Full, HoldRanOut, NothingToRelease, OnHold, OverTier
from fulfillment.capacity.models import Booking, BookingGroup, SlotPool
from fulfillment.capacity.services.pools import day_range, open_days

HOLD = dt.timedelta(minutes=15)


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


def book(
    *,
    member: Member,
    asks: Sequence[Ask],
    hold_for: dt.timedelta | None = None,
    group: BookingGroup | None = None,
    by: User | None = None,
) -> list[Booking]:
    """Book everything that is asked on every day, or nothing; with `hold_for` it is only held until then.

    What others' holds that ran out still cover is taken back in the same transaction. Raises Full naming the days on
    which it is not free, OverTier when the node may not hold so many SKUs, Invalid for days that are over or out of
    order, OnHold when the member may book nothing new.
    """
    try:
        return _book(member=member, asks=asks, hold_for=hold_for, group=group, by=by)
    except (Full, OverTier):
        # Only who finds nothing free pays for looking whether something can be made free.
        return _make_room_and_book(member=member, asks=asks, hold_for=hold_for, group=group, by=by)


def book_slots(
    *,
    member: Member,
    pool: SlotPool,
    slots: int,
    first_day: dt.date,
    last_day: dt.date,
    skus: int = 0,
    by: User | None = None,
) -> Booking:
    """`book` one thing for good."""
    [booking] = book(member=member, asks=[Ask(pool, slots, first_day, last_day, skus)], by=by)
    return booking


@act
def confirm_bookings(*, bookings: Sequence[Booking], by: User | None = None) -> list[Booking]:
    """Turn holds into bookings, all or none. Told again, it stays so. Raises HoldRanOut when one of them is over."""
    rows = lock_rows(Booking.objects.filter(pk__in=[b.pk for b in bookings]).select_related("pool__node"))
    now = clock.now()
    over = [b for b in rows if b.state in _ENDED or (b.state == _HELD and (b.held_until or now) <= now)]
    if over:
        raise HoldRanOut(
            f"The hold ran out at {_ended_at(over[0]):%H:%M}. Nothing is booked; see what is free and hold it again."
        )
    Booking.objects.filter(pk__in=[b.pk for b in rows]).update(state=Booking.State.BOOKED, held_until=None)
    for booking in rows:
        booking.state, booking.held_until = Booking.State.BOOKED, None
    return rows


@act
def release_booking(*, booking: Booking, by: User | None = None) -> Booking:
    """`release_bookings` of one."""
    [booking] = release_bookings(bookings=[booking], by=by)
    return booking


@act
def release_bookings(
    *, bookings: Sequence[Booking], reason: str = "", by: User | None = None
) -> list[Booking]:
    """Give the days that have not begun back. A booking in use ends today; one that has not begun is released.

    Raises NothingToRelease when one of them has no day left to give back; then none is released.
    """
    spans = [span for b in bookings for span in spans_of(b)]
    lock_days(spans)
    rows = lock_rows(Booking.objects.filter(pk__in=[b.pk for b in bookings]).select_related("pool__node"))
    for booking in rows:
        _release(booking, reason)
    return rows


@act
def end_run_out_holds(*, limit: int = 500) -> int:
    """Tidy: give the slots of holds that ran out back. Returns how many there were. Nobody depends on it."""
    found = list(Booking.objects.run_out().order_by("held_until")[:limit])
    return len(_end_holds(found)) if found else 0


def spans_of(booking: Booking, *, first: dt.date | None = None, sign: int = 1) -> list[Span]:
    """What a booking takes (`sign` 1) or gives back (-1) of its pools, from `first` on."""
    begin = max(booking.first_day, first) if first else booking.first_day
    if begin > booking.last_day:
        return []
    spans = [Span(booking.pool_id, begin, booking.last_day, sign * booking.slots)]
    if booking.assortment_id and booking.skus:
        spans.append(Span(booking.assortment_id, begin, booking.last_day, sign * booking.skus))
    return spans


_HELD = Booking.State.HELD
_ENDED = (Booking.State.RELEASED, Booking.State.EXPIRED)


@act
def _book(
    *,
    member: Member,
    asks: Sequence[Ask],
    hold_for: dt.timedelta | None,
    group: BookingGroup | None,
    by: User | None,
) -> list[Booking]:
    _check(member, asks)
    now = clock.now()
    bookings = [
        Booking(
            member=member,
            pool=ask.pool,
            group=ask.group or group,
            slots=ask.slots,
            first_day=ask.first_day,
            last_day=ask.last_day,
            skus=max(1, ask.skus) if ask.pool.kind == SlotPool.Kind.SHELF else 0,
            assortment_id=ask.pool.assortment_id,
            state=Booking.State.BOOKED if hold_for is None else _HELD,
            held_until=None if hold_for is None else now + hold_for,
            booked_by=by,
            booked_at=now,
        )
        for ask in asks
    ]
    # The counters come last: they are what others wait for.
    Booking.objects.bulk_create(bookings)
    spans = [span for booking in bookings for span in spans_of(booking)]
    if not move(spans):
        raise _refusal(asks, spans)
    return bookings


@act
def _make_room_and_book(
    *,
    member: Member,
    asks: Sequence[Ask],
    hold_for: dt.timedelta | None,
    group: BookingGroup | None,
    by: User | None,
) -> list[Booking]:
    for ask in asks:
        open_days(pool=ask.pool, first=ask.first_day, last=ask.last_day)
        if ask.pool.assortment is not None:
            open_days(pool=ask.pool.assortment, first=ask.first_day, last=ask.last_day)
    over = [hold for ask in asks for hold in _run_out(ask)]
    if over:
        _end_holds(over, and_lock=[span for ask in asks for span in _asked(ask)])
    return _book(member=member, asks=asks, hold_for=hold_for, group=group, by=by)


def _run_out(ask: Ask) -> Collection[Booking]:
    pools = [pk for pk in (ask.pool.pk, ask.pool.assortment_id) if pk is not None]
    overlapping = Booking.objects.run_out().filter(first_day__lte=ask.last_day, last_day__gte=ask.first_day)
    return [b for b in overlapping if b.pool_id in pools or b.assortment_id in pools]


def _end_holds(holds: Collection[Booking], and_lock: Collection[Span] = ()) -> list[Booking]:
    """Give back what these holds keep, if they are still held and over. Locks first everything that will be touched."""
    lock_days([*and_lock, *(span for hold in holds for span in spans_of(hold))])
    ended = lock_rows(Booking.objects.run_out().filter(pk__in=[hold.pk for hold in holds]))
    if ended:
        move([span for hold in ended for span in spans_of(hold, sign=-1)])
        Booking.objects.filter(pk__in=[hold.pk for hold in ended]).update(
            state=Booking.State.EXPIRED, released_at=clock.now(), reason="the hold ran out"
        )
    return ended


def _release(booking: Booking, reason: str) -> None:
    """Release a locked booking whose days are locked."""
    if booking.state in _ENDED:
        raise NothingToRelease("These slots are released already.")
    today = clock.today(booking.pool.node.timezone)
    starts_later = booking.first_day > today
    back = spans_of(booking, first=today if starts_later else today + dt.timedelta(days=1), sign=-1)
    if not back:
        raise NothingToRelease("The last day of this booking has come; there is nothing left to release.")
    move(back)
    if starts_later:
        booking.state, booking.released_at = Booking.State.RELEASED, clock.now()
    else:
        booking.last_day = today
    booking.reason = reason
    booking.save(update_fields=["state", "released_at", "last_day", "reason"])


def _ended_at(hold: Booking) -> dt.datetime:
    """When it ended, on the node's wall clock."""
    return (hold.held_until or hold.released_at or clock.now()).astimezone(hold.pool.node.zone)


def _check(member: Member, asks: Sequence[Ask]) -> None:
    if member.standing != Member.Standing.GOOD:
        raise OnHold(
            f"{member.name} is {member.get_standing_display()} and cannot book new slots. What is booked stays booked."
        )
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


def _asked(ask: Ask) -> list[Span]:
    spans = [Span(ask.pool.pk, ask.first_day, ask.last_day, ask.slots)]
    if ask.pool.assortment_id:
        spans.append(Span(ask.pool.assortment_id, ask.first_day, ask.last_day, max(1, ask.skus)))
    return spans


def _refusal(asks: Sequence[Ask], spans: Sequence[Span]) -> Full | OverTier:
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
