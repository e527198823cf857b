"""Changing a booking: more or fewer slots, other days, another pool or node. All days or none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TypedDict, Unpack

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.models import User
from coop.runtime import failpoints
from fulfillment.capacity.availability.asks import Ask, asked, booking_of, spans_of
from fulfillment.capacity.availability.counters import Span, days_of, move
from fulfillment.capacity.availability.opening import open_asked
from fulfillment.capacity.booking.checks import check_asks, check_standing, refusal
from fulfillment.capacity.booking.sku_places import trim_places
from fulfillment.capacity.booking.terms import Fee, charge_late, fee_of, lost_days
from fulfillment.capacity.errors import HoldRanOut, NothingToChange
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.capacity.waitlist.handing_out import hand_out
from fulfillment.capacity.waitlist.scene import Scene, lock_scene

_DAY = dt.timedelta(days=1)

failpoints.declare("fulfillment.capacity.changed_counters")


class Changes(TypedDict, total=False):
    """What a booking shall be; what is not named, or None, stays."""

    slots: int | None
    first_day: dt.date | None
    last_day: dt.date | None
    pool: SlotPool | None
    skus: int | None


@act
def change_booking(*, booking: Booking, by: User | None = None, **changes: Unpack[Changes]) -> Booking:
    """Grow, shrink or move a booking, or take it to another pool or node; what is not named stays. All days or none.

    One that has not begun is changed as it stands. One in use keeps what was used: it ends today and another follows it
    from tomorrow, which is returned; only its end can be moved without that. What the change gives back is offered to
    those who wait, and late notice is kept for the bill as with a release. Raises Full or OverTier, NothingToChange when
    it is over or used up, HoldRanOut, Invalid, OnHold when it would take more.
    """

    def wanted() -> Ask:
        fresh = Booking.objects.select_related("pool__node", "pool__assortment").get(pk=booking.pk)
        return _ask(fresh, changes)

    def all_days() -> list[Span]:
        fresh = Booking.objects.get(pk=booking.pk)
        return [*spans_of(fresh), *asked(wanted())]

    _check_state(Booking.objects.select_related("pool__node").get(pk=booking.pk))
    ask = wanted()
    check_asks([ask])
    open_asked([ask])
    scene = lock_scene(all_days, tidy=True, bookings=[booking.pk])
    [row] = scene.rows
    _check_state(row)
    return _change(scene, row, _ask(row, changes), by)


def fee_on_change(*, booking: Booking, **changes: Unpack[Changes]) -> Fee | None:
    """What this change would put on the bill because its notice is late."""
    if booking.state != Booking.State.BOOKED:
        return None
    return fee_of(booking, _given_up(booking, _ask(booking, changes)))


def _ask(row: Booking, changes: Changes) -> Ask:
    """What the booking shall be from the first day that can still be changed."""
    slots, skus = changes.get("slots"), changes.get("skus")
    ask = Ask(
        pool=changes.get("pool") or row.pool,
        slots=row.slots if slots is None else slots,
        first_day=changes.get("first_day") or row.first_day,
        last_day=changes.get("last_day") or row.last_day,
        skus=row.skus if skus is None else skus,
        group=row.group,
    )
    if ask.pool.kind != row.pool.kind:
        raise Invalid("A booking moves to slots of its own kind. Book the others anew.", field="pool")
    if not _in_use(row):
        return ask
    tomorrow = clock.today(row.pool.node.timezone) + _DAY
    if ask.last_day < tomorrow:
        raise Invalid(
            "It is in use; the earliest new end is tomorrow. To end it today, release it.", field="last_day"
        )
    return replace(ask, first_day=max(ask.first_day, tomorrow))


def _change(scene: Scene, row: Booking, ask: Ask, by: User | None) -> Booking:
    in_use = _in_use(row)
    today = clock.today(row.pool.node.timezone)
    old = spans_of(row, first=today + _DAY if in_use else None, sign=-1)
    # Who grows is a newcomer for what is added: those who wait are served first.
    hand_out(scene)
    net = {key: n for key, n in days_of([*asked(ask), *old]).items() if n}
    more = [Span(pool, day, day, n) for (pool, day), n in net.items() if n > 0]
    if more:
        check_standing(row.member)
    if net and not move([Span(pool, day, day, n) for (pool, day), n in net.items()]):
        raise refusal([ask], more, now=scene.now)
    failpoints.reach("fulfillment.capacity.changed_counters")
    if row.state == Booking.State.BOOKED:
        charge_late(row, _given_up(row, ask))
    changed = (
        _follow(row, ask, today, by)
        if in_use and not _only_ends(row, ask, today)
        else _amend(row, ask, in_use)
    )
    trim_places(old)
    hand_out(scene)
    return changed


def _amend(row: Booking, ask: Ask, in_use: bool) -> Booking:
    row.pool, row.slots, row.last_day = ask.pool, ask.slots, ask.last_day
    if not in_use:
        row.first_day = ask.first_day
    row.skus = max(1, ask.skus) if ask.pool.kind == SlotPool.Kind.SHELF else 0
    row.assortment_id = ask.pool.assortment_id
    row.changes += 1
    row.save(update_fields=["pool", "slots", "first_day", "last_day", "skus", "assortment", "changes"])
    return row


def _follow(row: Booking, ask: Ask, today: dt.date, by: User | None) -> Booking:
    follower = booking_of(ask, member=row.member, held_until=None, by=by)
    follower.follows = None if Booking.objects.filter(follows=row).exists() else row
    follower.save(force_insert=True)
    row.last_day, row.reason = today, "changed; another follows"
    row.changes += 1
    row.save(update_fields=["last_day", "reason", "changes"])
    return follower


def _given_up(row: Booking, ask: Ask) -> dict[dt.date, int]:
    """The slots of each day that the booking has now and would not have then."""
    today = clock.today(row.pool.node.timezone)
    had = lost_days(row, after=today if _in_use(row) else today - _DAY)
    if ask.pool.pk != row.pool_id:
        return had
    keeps = {day: ask.slots for day in had if ask.first_day <= day <= ask.last_day}
    return {day: n - keeps.get(day, 0) for day, n in had.items() if n > keeps.get(day, 0)}


def _only_ends(row: Booking, ask: Ask, today: dt.date) -> bool:
    """Whether nothing but the last day of a booking in use is moved."""
    same = (ask.pool.pk, ask.slots, max(1, ask.skus)) == (row.pool_id, row.slots, max(1, row.skus))
    return same and ask.first_day == today + _DAY and ask.pool.assortment_id == row.assortment_id


def _in_use(row: Booking) -> bool:
    return row.state == Booking.State.BOOKED and row.first_day <= clock.today(row.pool.node.timezone)


def _check_state(row: Booking) -> None:
    if row.ran_out(clock.now()) or row.state == Booking.State.EXPIRED:
        raise HoldRanOut("This hold ran out. See what is free and hold it again.")
    if row.is_over or row.last_day < clock.today(row.pool.node.timezone):
        raise NothingToChange("This booking is over; nothing of it can be changed.")
    if row.state == Booking.State.HELD and hasattr(row, "offered_to"):
        raise NothingToChange("This is an offer: take it or pass it on. It can be changed once it is yours.")
    if row.used_at is not None and row.pool.kind == SlotPool.Kind.DOCK:
        raise NothingToChange("Somebody came for this appointment already.")
