"""What the tests of capacity share: days counted from a Monday, and every proof of the room at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from coop.kernel import clock
from coop.models import Member
from fulfillment.capacity import proofs
from fulfillment.capacity.models import Booking, PoolDay, SlotPool, WaitlistEntry
from fulfillment.capacity.services import Ask, book_slots, join_waitlist

MONDAY = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)


def day(n: int) -> dt.date:
    """The n-th day from that Monday."""
    return MONDAY.date() + dt.timedelta(days=n)


def later(**passed: float) -> Any:
    """The clock, so much after that Monday morning."""
    return clock.at(MONDAY + dt.timedelta(**passed))


def take(
    pool: SlotPool, member: Member, slots: int, first: int, last: int | None = None, **more: Any
) -> Booking:
    return book_slots(
        member=member,
        pool=pool,
        slots=slots,
        first_day=day(first),
        last_day=day(first if last is None else last),
        **more,
    )


def wait(
    pool: SlotPool, member: Member, slots: int, first: int, last: int | None = None, **more: Any
) -> WaitlistEntry:
    ask = Ask(pool, slots, day(first), day(first if last is None else last), more.pop("skus", 0))
    return join_waitlist(member=member, ask=ask, **more)


def booked(pool: SlotPool) -> dict[int, int]:
    """Booked slots of each day that has any, days counted from that Monday."""
    rows = PoolDay.objects.filter(pool=pool, booked__gt=0)
    return {(d.day - day(0)).days: d.booked for d in rows}


def state(entry: WaitlistEntry) -> str:
    entry.refresh_from_db()
    return entry.state


def violations() -> list[str]:
    """What any proof of the room has to say."""
    found = [
        value for value in vars(proofs).values() if callable(value) and value.__module__ == proofs.__name__
    ]
    return [sentence for proof in found for sentence in proof()]
