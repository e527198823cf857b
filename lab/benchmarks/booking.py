"""Booking slots through the service against the bare statements."""

from __future__ import annotations

import datetime as dt

from coop import clock
from coop.models import Member
from fulfillment.capacity.services import book_slots, open_days, set_capacity
from fulfillment.models import SlotPool
from lab.benchmarks.crowd import throughput
from lab.benchmarks.rawsql import pgbench
from lab.benchmarks.registry import Result, benchmark

CLIENTS = 16
SECONDS = 8

BY_HAND = r"""
\set d random(0, 59)
BEGIN;
UPDATE fulfillment_poolday SET booked = booked + 1
 WHERE pool_id = :pool::uuid AND day = :first::date + :d::int AND booked < capacity;
INSERT INTO fulfillment_booking (id, member_id, pool_id, slots, first_day, last_day, state, booked_at)
VALUES (gen_random_uuid(), :member::uuid, :pool::uuid, 1, :first::date + :d::int, :first::date + :d::int, 'booked', now());
COMMIT;
"""


@benchmark("booking")
def booking() -> Result:
    """Bookings of one slot for one day, by 16 clients, over 60 days of one pool."""
    pool = SlotPool.objects.select_related("node").order_by("-slots")[0]
    member = Member.objects.order_by("slug")[0]
    first = clock.today(pool.node.timezone) + dt.timedelta(days=160)
    open_days(pool=pool, first=first, last=first + dt.timedelta(days=59))
    set_capacity(pool=pool, first=first, last=first + dt.timedelta(days=59), slots=1_000_000)

    def book(client: int, turn: int) -> None:
        day = first + dt.timedelta(days=(client * 7 + turn) % 60)
        book_slots(member=member, pool=pool, slots=1, first_day=day, last_day=day)

    ours = throughput(book, clients=CLIENTS, seconds=SECONDS)
    against = pgbench(
        BY_HAND, {"pool": pool.pk, "member": member.pk, "first": first}, clients=CLIENTS, seconds=SECONDS
    )
    return Result(
        "booking", ours, against, 0.35, "bookings/s",
        f"book_slots, {CLIENTS} clients", f"pgbench, the same two writes, {CLIENTS} clients",
    )  # fmt: skip
