"""Booking slots, and giving them back."""

from __future__ import annotations

import datetime as dt

from django.db.models import F

from coop import clock
from coop.acts import act
from coop.errors import Invalid
from coop.locks import lock_rows
from coop.models import Member, User
from fulfillment.capacity.errors import Full, NothingToRelease, OnHold
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.services.pools import day_range, open_days


@act
def book_slots(
    *,
    member: Member,
    pool: SlotPool,
    slots: int,
    first_day: dt.date,
    last_day: dt.date,
    by: User | None = None,
) -> Booking:
    """Book `slots` slots on every day from `first_day` to `last_day`, or on none.

    Raises Full naming the days on which that many are not free, Invalid for days that are over or out of order,
    OnHold when the member may book nothing new.
    """
    _check(member, pool, slots, first_day)
    days = day_range(first_day, last_day)
    open_days(pool=pool, first=first_day, last=last_day)
    booking = Booking.objects.create(
        member=member,
        pool=pool,
        slots=slots,
        first_day=first_day,
        last_day=last_day,
        booked_by=by,
        booked_at=clock.now(),
    )
    _take(pool, days, slots)
    return booking


@act
def release_booking(*, booking: Booking, by: User | None = None) -> Booking:
    """Give the days that have not begun back. A booking that is in use ends today; one that has not begun is released.

    Raises NothingToRelease when no day is left to give back.
    """
    pool = SlotPool.objects.select_related("node").get(pk=booking.pool_id)
    today = clock.today(pool.node.timezone)
    # The days come before the booking in the house's lock order; which days, the booking cannot change but downwards.
    days = lock_rows(
        PoolDay.objects.filter(pool=pool, day__range=(max(booking.first_day, today), booking.last_day))
    )
    [booking] = lock_rows(Booking.objects.filter(pk=booking.pk))
    if booking.state != Booking.State.BOOKED:
        raise NothingToRelease("These slots are released already.")
    starts_later = booking.first_day > today
    given_back = [d.pk for d in days if d.day <= booking.last_day and (starts_later or d.day > today)]
    if not given_back:
        raise NothingToRelease("The last day of this booking has come; there is nothing left to release.")
    PoolDay.objects.filter(pk__in=given_back).update(booked=F("booked") - booking.slots)
    if starts_later:
        booking.state, booking.released_at = Booking.State.RELEASED, clock.now()
    else:
        booking.last_day = today
    booking.save(update_fields=["state", "released_at", "last_day"])
    return booking


def _check(member: Member, pool: SlotPool, slots: int, first_day: dt.date) -> None:
    if member.standing != Member.Standing.GOOD:
        raise OnHold(
            f"{member.name} is {member.get_standing_display()} and cannot book new slots. What is booked stays booked."
        )
    if slots < 1:
        raise Invalid("Book at least one slot.", code="slots_zero", field="slots")
    if first_day < clock.today(pool.node.timezone):
        raise Invalid("This day is over at the node. Start today or later.", field="first_day")


def _take(pool: SlotPool, days: list[dt.date], slots: int) -> None:
    """Move the counters of all days up by one conditional UPDATE, and see that every day could. Raises Full."""
    rows = PoolDay.objects.filter(pool=pool, day__range=(days[0], days[-1]))
    # An UPDATE of many rows locks them in no order that one could rely on; this does. One row needs no order.
    locked = lock_rows(rows) if len(days) > 1 else []
    short = sorted((d.day, d.free) for d in locked if d.free < slots)
    if not short:
        taken = rows.filter(booked__lte=F("capacity") - slots).update(booked=F("booked") + slots)
        if taken == len(days):
            return
        short = sorted((d.day, d.free) for d in rows)
    raise Full(slots, short)
