"""Taking days of a booking back because the node cannot keep its word: free of charge, told, and first in line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from coop.kernel import clock
from coop.kernel.ids import uuid7
from fulfillment.capacity.availability.asks import ask_of, asked
from fulfillment.capacity.availability.counters import Span, count_waiting, move, runs
from fulfillment.capacity.booking.sku_places import trim_places
from fulfillment.capacity.letters import tell_displaced
from fulfillment.capacity.models import Booking, WaitlistEntry
from fulfillment.capacity.waitlist.handing_out import start_waiting
from fulfillment.capacity.waitlist.scene import end_offers

_DAY = dt.timedelta(days=1)


def displace(booking: Booking, days: Sequence[dt.date], reason: str) -> None:
    """Take exactly these days from a locked booking whose days are locked; what is left of it stays booked.

    The lost days ahead go on the waiting list, dated back to the booking. A hold is worth nothing in parts: it ends, and
    who it was offered to waits on in the old place.
    """
    if booking.state == Booking.State.HELD:
        _end_hold(booking, reason)
        return
    lost = runs(days)
    back = [Span(booking.pool_id, first, last, -booking.slots) for first, last in lost]
    if booking.assortment_id and booking.skus:
        back += [Span(booking.assortment_id, first, last, -booking.skus) for first, last in lost]
    move(back)
    trim_places(back)
    kept = runs(set(booking.days) - set(days))
    _keep_pieces(booking, kept, reason)
    _wait_for(booking, lost)
    words = [
        f"{first:%d %b %Y}" if first == last else f"{first:%d %b} to {last:%d %b %Y}" for first, last in lost
    ]
    # A booking may lose days more than once, each time with a letter of its own.
    tell_displaced(booking.pk, words, reason, str(uuid7()))


def _keep_pieces(booking: Booking, kept: Sequence[tuple[dt.date, dt.date]], reason: str) -> None:
    booking.reason = f"displaced: {reason}"[:120]
    booking.changes += 1
    if not kept:
        booking.state, booking.released_at = Booking.State.RELEASED, clock.now()
    else:
        booking.first_day, booking.last_day = kept[0]
    booking.save(update_fields=["state", "released_at", "first_day", "last_day", "reason", "changes"])
    before: Booking | None = None if Booking.objects.filter(follows=booking).exists() else booking
    for first, last in kept[1:]:
        piece = Booking(
            member_id=booking.member_id,
            pool_id=booking.pool_id,
            group_id=booking.group_id,
            slots=booking.slots,
            first_day=first,
            last_day=last,
            skus=booking.skus,
            assortment_id=booking.assortment_id,
            booked_by_id=booking.booked_by_id,
            booked_at=booking.booked_at,
            used_at=booking.used_at,
            follows=before,
        )
        piece.save(force_insert=True)
        before = piece


def _wait_for(booking: Booking, lost: Sequence[tuple[dt.date, dt.date]]) -> None:
    today = clock.today(booking.pool.node.timezone)
    ahead = [(max(first, today + _DAY), last) for first, last in lost if last > today]
    start_waiting(
        [
            WaitlistEntry(
                member=booking.member,
                pool=booking.pool,
                slots=booking.slots,
                skus=booking.skus,
                first_day=first,
                last_day=last,
                displaced=booking,
                joined_by_id=booking.booked_by_id,
                joined_at=booking.booked_at,
            )
            for first, last in ahead
        ]
    )


def _end_hold(booking: Booking, reason: str) -> None:
    spans = asked(ask_of(booking), sign=-1)
    move(spans)
    booking.state, booking.released_at, booking.reason = Booking.State.RELEASED, clock.now(), reason[:120]
    booking.save(update_fields=["state", "released_at", "reason"])
    for entry in end_offers([booking.pk], WaitlistEntry.State.WITHDRAWN):
        entry.state, entry.offer, entry.ended_at = WaitlistEntry.State.WAITING, None, None
        entry.save(update_fields=["state", "offer", "ended_at"])
        count_waiting(asked(ask_of(entry)), 1)
