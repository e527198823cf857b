"""Booking slots through the service against the bare statements, by as many clients at once."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from coop.kernel import clock
from coop.models import Node
from fulfillment.capacity.services import book_slots, open_days
from fulfillment.models import PoolDay, SlotPool
from lab.benchmarks import ground
from lab.benchmarks.crowd import throughput
from lab.benchmarks.rawsql import pgbench
from lab.benchmarks.registry import Result, benchmark
from lab.benchmarks.sizes import size

CLIENTS = size("booking", "clients", 16, "clients that book at once, each a process")
SECONDS = size("booking", "seconds", 8, "seconds of either side, for each line")
NODES, POOLS_EACH = 8, 3
DAYS = 180
# What people book: a day, a week, four weeks.
RANGES = (1, 7, 28)

# The same rows, written in the same order: the booking (its history trigger fires as well), then the days of its pool
# and of the node's SKU places, locked in key order and moved when all of them have room.
BY_HAND = r"""
\set n random(1, :count)
\set r random(1, :ranges)
\set start random(0, :starts)
BEGIN;
INSERT INTO fulfillment_booking (id, member_id, pool_id, assortment_id, slots, skus, first_day, last_day, state, booked_at,
                                 reason, changes)
VALUES (gen_random_uuid(), :member::uuid, (:pools::uuid[])[:n::int], (:places::uuid[])[:n::int], 1, 1,
        :first::date + :start::int, :first::date + :start::int + (:lengths::int[])[:r::int] - 1, 'booked', now(), '', 0);
WITH locked AS MATERIALIZED (
  SELECT id, capacity - booked AS free, waiting FROM fulfillment_poolday
  WHERE pool_id IN ((:pools::uuid[])[:n::int], (:places::uuid[])[:n::int])
    AND day BETWEEN :first::date + :start::int AND :first::date + :start::int + (:lengths::int[])[:r::int] - 1
  ORDER BY id FOR UPDATE
)
UPDATE fulfillment_poolday d SET booked = booked + 1 FROM locked
 WHERE d.id = locked.id AND NOT EXISTS (SELECT FROM locked WHERE free < 1 OR waiting > 0);
COMMIT;
"""


@benchmark("booking:series")
def series() -> Result:
    """Bookings of a day, a week or four weeks by many clients over half a year of 24 pools at 8 nodes, against pgbench
    writing the same rows in the same order."""
    return _book("booking:series", RANGES, "of 1, 7 or 28 days")


@benchmark("booking:day")
def day() -> Result:
    """Bookings of a single day each, otherwise as `booking:series`."""
    return _book("booking:day", (1,), "of 1 day")


def _book(name: str, ranges: Sequence[int], what: str) -> Result:
    member, pools = ground.member(), _pools()
    first = clock.today("Europe/Berlin") + dt.timedelta(days=1)

    def book(client: int, turn: int) -> None:
        dice = random.Random(client * 1_000_003 + turn)
        begin = first + dt.timedelta(days=dice.randrange(DAYS - max(RANGES)))
        last = begin + dt.timedelta(days=dice.choice(ranges) - 1)
        book_slots(member=member, pool=dice.choice(pools), slots=1, first_day=begin, last_day=last)

    before = _booked()
    ours = throughput(book, clients=CLIENTS, seconds=SECONDS)
    if _booked() == before:
        raise RuntimeError("the benchmark booked nothing")
    against = pgbench(
        BY_HAND,
        {
            "pools": _array(pool.pk for pool in pools), "places": _array(pool.assortment_id for pool in pools),
            "count": len(pools), "lengths": _array(ranges), "ranges": len(ranges), "starts": DAYS - max(RANGES) - 1,
            "member": member.pk, "first": first,
        },
        clients=CLIENTS, seconds=SECONDS,
    )  # fmt: skip
    return Result(
        name, ours, against, 0.35, "bookings/s",
        f"book_slots {what}, {CLIENTS} clients", f"pgbench, the same writes in one transaction, {CLIENTS} clients",
    )  # fmt: skip


def _pools() -> list[SlotPool]:
    """Shelf pools with their SKU places, open for half a year, that will not be full today."""
    pools = [
        pool
        for _ in range(NODES)
        for pool in ground.pools(ground.node(Node.Tier.NEXT_DAY), POOLS_EACH, slots=100)
    ]
    first = clock.today("Europe/Berlin")
    last = first + dt.timedelta(days=DAYS)
    counted = {p.pk: p for pool in pools for p in (pool, pool.assortment) if p}
    for one in counted.values():
        open_days(pool=one, first=first, last=last)
    PoolDay.objects.filter(pool__in=counted).update(capacity=1_000_000)
    return pools


def _booked() -> int:
    return sum(PoolDay.objects.filter(booked__gt=0).values_list("booked", flat=True))


def _array(items: object) -> str:
    return "{" + ",".join(map(str, items)) + "}"  # type: ignore[call-overload]
