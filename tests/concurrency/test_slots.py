"""The last slots of a node-day: 400 tries on 64 connections sell exactly what there is.

The negative control books as a careless programmer would, count first and insert then, with the CHECK dropped: on the
same harness it oversells. A guarantee whose test cannot fail is not proven.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import F, Sum

from coop.kernel import clock
from coop.models import Member
from fulfillment.capacity import proofs
from fulfillment.capacity.errors import Full
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.services import book_slots, open_days
from tests import world
from tests.concurrency.unhurried import wait_for_locks

TRIES, CONNECTIONS, SLOTS = 400, 64, 10
pytestmark = pytest.mark.slow

Book = Callable[[Member, SlotPool, dt.date, dt.date], Any]


def carefully(member: Member, pool: SlotPool, first: dt.date, last: dt.date) -> None:
    """The service, as everybody uses it."""
    book_slots(member=member, pool=pool, slots=1, first_day=first, last_day=last)


def carelessly(member: Member, pool: SlotPool, first: dt.date, last: dt.date) -> None:
    """Count, then insert: right when nobody else is there."""
    with transaction.atomic():
        held = Booking.objects.filter(pool=pool, first_day__lte=first, last_day__gte=first)
        if (held.aggregate(n=Sum("slots"))["n"] or 0) >= SLOTS:
            raise Full(1, [(first, 0)])
        Booking.objects.create(member=member, pool=pool, slots=1, first_day=first, last_day=last)
        PoolDay.objects.filter(pool=pool, day__range=(first, last)).update(booked=F("booked") + 1)


def storm(book: Book, pool: SlotPool, spans: list[tuple[dt.date, dt.date]]) -> Counter[str]:
    """TRIES bookings of one slot on CONNECTIONS connections; how each ended."""
    members = [world.make_member() for _ in range(4)]
    gate = threading.Barrier(CONNECTIONS)
    ready = threading.local()

    def attempt(n: int) -> str:
        if not getattr(ready, "connected", False):
            wait_for_locks()
            ready.connected = True
            gate.wait(30)
        first, last = spans[n % len(spans)]
        try:
            book(members[n % len(members)], pool, first, last)
        except Exception as error:
            return type(error).__name__
        return "booked"

    def leave(_: int) -> None:
        connections.close_all()
        gate.wait(30)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        ended = Counter(threads.map(attempt, range(TRIES)))
        list(threads.map(leave, range(CONNECTIONS)))
    return ended


@pytest.fixture
def pool(fresh_db: str, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield world.make_pool(world.make_node(bins=0), slots=SLOTS)
        connection.close()


def tomorrow(pool: SlotPool, n: int = 1) -> dt.date:
    return clock.today(pool.node.timezone) + dt.timedelta(days=n)


def test_the_last_ten_slots_are_sold_ten_times(pool: SlotPool) -> None:
    day = tomorrow(pool)
    ended = storm(carefully, pool, [(day, day)])
    assert ended == {"booked": SLOTS, "Full": TRIES - SLOTS}
    assert PoolDay.objects.get(pool=pool, day=day).booked == SLOTS
    assert Booking.objects.count() == SLOTS
    assert list(proofs.booked_is_sum_of_bookings()) == []


def test_overlapping_ranges_neither_oversell_nor_deadlock(pool: SlotPool) -> None:
    # Spans that overlap in every way, some read from the end: whoever locked days in its own order would deadlock.
    spans = [(tomorrow(pool, a), tomorrow(pool, b)) for a, b in ((1, 7), (5, 9), (3, 5), (7, 12), (1, 12))]
    ended = storm(carefully, pool, spans)
    assert set(ended) == {"booked", "Full"}
    days = PoolDay.objects.filter(pool=pool)
    # Every span touches day 5 or day 7, and those two are full: nobody could have booked more.
    assert max(d.booked for d in days) == SLOTS
    assert ended["booked"] == Booking.objects.count()
    assert list(proofs.booked_is_sum_of_bookings()) == []


def test_the_same_storm_oversells_without_the_guard(pool: SlotPool) -> None:
    day = tomorrow(pool)
    open_days(pool=pool, first=day, last=day)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE fulfillment_poolday DROP CONSTRAINT pool_day_not_oversold")
    connections["owner"].close()
    ended = storm(carelessly, pool, [(day, day)])
    assert ended["booked"] > SLOTS
    assert list(proofs.booked_is_sum_of_bookings()) != []


def test_the_check_alone_still_stops_the_careless(pool: SlotPool) -> None:
    day = tomorrow(pool)
    open_days(pool=pool, first=day, last=day)
    ended = storm(carelessly, pool, [(day, day)])
    assert ended["booked"] == SLOTS
    assert PoolDay.objects.get(pool=pool, day=day).booked == SLOTS
