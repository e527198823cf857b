"""Booking slots, holding them, confirming, and giving them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from coop.kernel import clock
from coop.kernel.acts import act, act_of_one_statement
from coop.kernel.locks import lock_rows
from coop.models import Member, User
from coop.runtime import failpoints
from fulfillment.capacity.counters import Span, move
from fulfillment.capacity.errors import BehindOthers, Full, HoldRanOut, NothingToRelease
from fulfillment.capacity.models import Booking, BookingGroup, SlotPool, WaitlistEntry
from fulfillment.capacity.services.asks import (
    Ask,
    asked,
    booking_of,
    check_asks,
    check_standing,
    open_asked,
    refusal,
    spans_of,
)
from fulfillment.capacity.services.offers import Scene, end_holds, end_offers, lock_scene, offer_freed
from fulfillment.capacity.services.places import trim_places
from fulfillment.capacity.services.terms import keep, lost_days
from fulfillment.capacity.taking import take

HOLD = dt.timedelta(minutes=15)

failpoints.declare("fulfillment.capacity.confirmed", "fulfillment.capacity.given_back")


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
    check_standing(member)
    check_asks(asks)
    booked = _book_what_is_free(member=member, asks=asks, hold_for=hold_for, group=group, by=by)
    # Only who finds nothing free pays for looking whether something can be made free.
    return booked or _make_room_and_book(member=member, asks=asks, hold_for=hold_for, group=group, by=by)


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
    over = [b for b in rows if b.is_over or b.ran_out(now)]
    if over:
        raise HoldRanOut(
            f"The hold ran out at {_ended_at(over[0]):%H:%M}. Nothing is booked; see what is free and hold it again."
        )
    pks = [b.pk for b in rows if b.state == Booking.State.HELD]
    Booking.objects.filter(pk__in=pks).update(state=Booking.State.BOOKED, held_until=None)
    failpoints.reach("fulfillment.capacity.confirmed")
    end_offers(pks, WaitlistEntry.State.TAKEN)
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

    What is given back later than the node's terms allow is kept for the bill (`kept_on_release` says what). What comes
    free is offered to those who wait. Raises NothingToRelease when one of them has no day left to give back; then none
    is released.
    """
    pks = [b.pk for b in bookings]

    def all_days() -> list[Span]:
        fresh = Booking.objects.filter(pk__in=pks)
        return [span for booking in fresh for span in spans_of(booking)]

    scene = lock_scene(all_days, tidy=False, bookings=pks)
    _release(scene, reason)
    return scene.rows


def end_run_out_holds(*, limit: int = 500) -> int:
    """Tidy: give the slots of holds that ran out back, and offer them. Returns how many. Nobody depends on it."""
    found = list(Booking.objects.run_out().order_by("held_until")[:limit])
    pools = {hold.pool_id for hold in found}
    # One transaction a pool: whoever books elsewhere does not wait for the broom.
    return sum(_end_holds(holds=[h for h in found if h.pool_id == pool]) for pool in pools)


@act
def _end_holds(*, holds: Sequence[Booking]) -> int:
    scene = lock_scene(lambda: [span for hold in holds for span in spans_of(hold)], tidy=True)
    ended = end_holds(scene)
    offer_freed(scene)
    return len(ended)


@act_of_one_statement
def _book_what_is_free(
    *,
    member: Member,
    asks: Sequence[Ask],
    hold_for: dt.timedelta | None,
    group: BookingGroup | None,
    by: User | None,
) -> list[Booking]:
    """The bookings, or none when a day is not open, not free, or waited for."""
    return _take(member, asks, hold_for, group, by, past_list=False)[0]


def _book(
    member: Member,
    asks: Sequence[Ask],
    hold_for: dt.timedelta | None,
    group: BookingGroup | None,
    by: User | None,
) -> list[Booking]:
    """The bookings, past the waiting list. Raises Full or OverTier."""
    bookings, spans = _take(member, asks, hold_for, group, by, past_list=True)
    if not bookings:
        raise refusal(asks, spans)
    return bookings


def _take(
    member: Member,
    asks: Sequence[Ask],
    hold_for: dt.timedelta | None,
    group: BookingGroup | None,
    by: User | None,
    *,
    past_list: bool,
) -> tuple[list[Booking], list[Span]]:
    until = None if hold_for is None else clock.now() + hold_for
    bookings = [booking_of(ask, member=member, held_until=until, group=group, by=by) for ask in asks]
    spans = [span for booking in bookings for span in spans_of(booking)]
    return (bookings if take(bookings, spans, past_list=past_list) else [], spans)


@act
def book_past_list(*, member: Member, asks: Sequence[Ask], by: User | None) -> list[Booking]:
    """`book` for an act that has locked the days and served those who wait."""
    check_standing(member)
    check_asks(asks)
    return _book(member, asks, None, None, by)


@act
def _make_room_and_book(
    *,
    member: Member,
    asks: Sequence[Ask],
    hold_for: dt.timedelta | None,
    group: BookingGroup | None,
    by: User | None,
) -> list[Booking]:
    open_asked(asks)
    scene = lock_scene(lambda: [span for ask in asks for span in asked(ask)], tidy=True)
    end_holds(scene)
    offered = offer_freed(scene)
    try:
        return _book(member, asks, hold_for, group, by)
    except Full as full:
        if offered:
            raise BehindOthers(full) from full
        raise


def _release(scene: Scene, reason: str) -> None:
    """Release the scene's locked bookings from the first day that has not begun."""
    now = clock.now()
    back: list[Span] = []
    for booking in scene.rows:
        if booking.is_over:
            raise NothingToRelease("These slots are released already.")
        today = clock.today(booking.pool.node.timezone)
        starts_later = booking.first_day > today
        given = spans_of(booking, first=today if starts_later else today + dt.timedelta(days=1), sign=-1)
        if not given:
            raise NothingToRelease("The last day of this booking has come; there is nothing left to release.")
        back += given
        if booking.state == Booking.State.BOOKED:
            keep(booking, lost_days(booking, after=today))
        if starts_later:
            booking.state, booking.released_at = Booking.State.RELEASED, now
        else:
            booking.last_day = today
        booking.reason = reason
    move(back)
    failpoints.reach("fulfillment.capacity.given_back")
    Booking.objects.bulk_update(scene.rows, ["state", "released_at", "last_day", "reason"])
    end_offers([b.pk for b in scene.rows if b.is_over], WaitlistEntry.State.WITHDRAWN)
    trim_places(back)
    offer_freed(scene)


def _ended_at(hold: Booking) -> dt.datetime:
    """When it ended, on the node's wall clock."""
    return (hold.held_until or hold.released_at or clock.now()).astimezone(hold.pool.node.zone)
