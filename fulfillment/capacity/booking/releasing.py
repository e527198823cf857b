"""Giving slots back: by whoever has them, or because a hold ran out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from coop.kernel import clock
from coop.kernel.acts import act
from coop.models import User
from coop.runtime import failpoints
from fulfillment.capacity.availability.asks import spans_of
from fulfillment.capacity.availability.counters import Span, move
from fulfillment.capacity.booking.sku_places import trim_places
from fulfillment.capacity.booking.terms import charge_late, lost_days
from fulfillment.capacity.errors import NothingToRelease
from fulfillment.capacity.models import Booking, WaitlistEntry
from fulfillment.capacity.waitlist.handing_out import hand_out
from fulfillment.capacity.waitlist.scene import Scene, end_holds, end_offers, lock_scene

failpoints.declare("fulfillment.capacity.given_back")


@act
def release_booking(*, booking: Booking, by: User | None = None) -> Booking:
    """`release_bookings` of one."""
    [booking] = release_bookings(bookings=[booking], by=by)
    return booking


def check_release(*, booking: Booking) -> None:
    """Raises NothingToRelease when nothing of it can be given back: what `release_bookings` would say now."""
    _given_back(booking)


@act
def release_bookings(
    *, bookings: Sequence[Booking], reason: str = "", by: User | None = None
) -> list[Booking]:
    """Give the days that have not begun back. A booking in use ends today; one that has not begun is released.

    What is given back later than the node's terms allow is kept for the bill (`fees_on_release` says what). What comes
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
    # One transaction a pool: whoever books elsewhere does not wait for the sweeper.
    return sum(_end_holds(holds=[h for h in found if h.pool_id == pool]) for pool in pools)


@act
def _end_holds(*, holds: Sequence[Booking]) -> int:
    scene = lock_scene(lambda: [span for hold in holds for span in spans_of(hold)], tidy=True)
    ended = end_holds(scene)
    hand_out(scene)
    return len(ended)


def _given_back(booking: Booking) -> list[Span]:
    """What giving it back now gives back. Raises NothingToRelease."""
    if booking.is_over:
        raise NothingToRelease("These slots are released already.")
    today = clock.today(booking.pool.node.timezone)
    first = None if _goes_whole(booking, today) else today + dt.timedelta(days=1)
    given = spans_of(booking, first=first, sign=-1)
    if not given:
        raise NothingToRelease("The last day of this booking has come; there is nothing left to release.")
    return given


def _goes_whole(booking: Booking, today: dt.date) -> bool:
    """Whether nothing of it stays: it has not begun, or is a hold, of which nothing was used."""
    return booking.state == Booking.State.HELD or booking.first_day > today


def _release(scene: Scene, reason: str) -> None:
    """Release the scene's locked bookings from the first day that has not begun."""
    now = clock.now()
    back: list[Span] = []
    for booking in scene.rows:
        given = _given_back(booking)
        back += given
        today = clock.today(booking.pool.node.timezone)
        if booking.state == Booking.State.BOOKED:
            charge_late(booking, lost_days(booking, after=today))
        if _goes_whole(booking, today):
            booking.state, booking.released_at = Booking.State.RELEASED, now
        else:
            booking.last_day = today
        booking.reason = reason
    move(back)
    failpoints.reach("fulfillment.capacity.given_back")
    Booking.objects.bulk_update(scene.rows, ["state", "released_at", "last_day", "reason"])
    end_offers([b.pk for b in scene.rows if b.is_over], WaitlistEntry.State.WITHDRAWN)
    trim_places(back)
    hand_out(scene)
