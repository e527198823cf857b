"""Booking slots, holding them, and confirming what is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from coop.kernel import clock
from coop.kernel.acts import act, act_of_one_statement
from coop.kernel.locks import lock_rows
from coop.models import Member, User
from coop.runtime import failpoints
from fulfillment.capacity.availability.asks import Ask, all_asked, booking_of, spans_of
from fulfillment.capacity.availability.opening import open_asked
from fulfillment.capacity.availability.taking import take
from fulfillment.capacity.booking.checks import check_asks, check_standing, refusal
from fulfillment.capacity.errors import BehindOthers, Full, HoldRanOut
from fulfillment.capacity.models import Booking, BookingGroup, SlotPool, WaitlistEntry
from fulfillment.capacity.waitlist.handing_out import hand_out
from fulfillment.capacity.waitlist.scene import end_offers, lock_scene

HOLD = dt.timedelta(minutes=15)

failpoints.declare("fulfillment.capacity.confirmed")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """Who asks for what, in one go."""

    member: Member
    asks: Sequence[Ask]
    hold_for: dt.timedelta | None = None
    group: BookingGroup | None = None
    by: User | None = None


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
    request = _Request(member=member, asks=asks, hold_for=hold_for, group=group, by=by)
    # Only who finds nothing free pays for looking whether something can be made free.
    return _book_what_is_free(request) or _make_room_and_book(request)


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
        raise HoldRanOut(_over_in_words(over[0]))
    pks = [b.pk for b in rows if b.state == Booking.State.HELD]
    Booking.objects.filter(pk__in=pks).update(state=Booking.State.BOOKED, held_until=None)
    failpoints.reach("fulfillment.capacity.confirmed")
    end_offers(pks, WaitlistEntry.State.TAKEN)
    for booking in rows:
        booking.state, booking.held_until = Booking.State.BOOKED, None
    return rows


@act
def book_past_list(*, member: Member, asks: Sequence[Ask], by: User | None) -> list[Booking]:
    """`book` for an act that has locked the days and served those who wait."""
    check_standing(member)
    check_asks(asks)
    return _book(_Request(member=member, asks=asks, by=by))


@act_of_one_statement
def _book_what_is_free(request: _Request) -> list[Booking]:
    """The bookings, or none when a day is not open, not free, or waited for."""
    return _take(request, past_list=False)


@act
def _make_room_and_book(request: _Request) -> list[Booking]:
    open_asked(request.asks)
    scene = lock_scene(lambda: all_asked(request.asks), tidy=True)
    offered = hand_out(scene)
    try:
        return _book(request, now=scene.now)
    except Full as full:
        if offered:
            raise BehindOthers(full) from full
        raise


def _book(request: _Request, *, now: dt.datetime | None = None) -> list[Booking]:
    """The bookings, past the waiting list. Raises Full or OverTier."""
    bookings = _take(request, past_list=True)
    if not bookings:
        raise refusal(request.asks, all_asked(request.asks), now=now)
    return bookings


def _take(request: _Request, *, past_list: bool) -> list[Booking]:
    until = None if request.hold_for is None else clock.now() + request.hold_for
    bookings = [
        booking_of(ask, member=request.member, held_until=until, group=request.group, by=request.by)
        for ask in request.asks
    ]
    spans = [span for booking in bookings for span in spans_of(booking)]
    return bookings if take(bookings, spans, past_list=past_list) else []


def _over_in_words(hold: Booking) -> str:
    """Why nothing is booked by it, on the node's wall clock: it was given back, or it ran out."""
    if hold.state == Booking.State.RELEASED:
        ended, words = (
            hold.released_at,
            _("It was given back at %(time)s. Nothing is booked; see what is free."),
        )
    else:
        ended, words = (
            hold.held_until,
            _("The hold ran out at %(time)s. Nothing is booked; see what is free and hold it again."),
        )
    return words % {"time": f"{(ended or clock.now()).astimezone(hold.pool.node.zone):%H:%M}"}
