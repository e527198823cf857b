"""Many at once around a full pool: releases, changes, bookings, offers. No deadlock surfaces, nobody is overtaken, all adds up.

Each race has its pair: what happens without the guard, on the same harness.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction

from coop.kernel import clock
from coop.models import Member
from fulfillment.capacity.availability.counters import move
from fulfillment.capacity.models import Booking, PoolDay, SlotPool, WaitlistEntry
from fulfillment.capacity.services import (
    Ask,
    book,
    book_slots,
    change_booking,
    confirm_bookings,
    end_run_out_holds,
    join_waitlist,
    leave_waitlist,
    offer_waiting,
    release_booking,
    set_capacity,
    spans_of,
)
from tests import world
from tests.concurrency.unhurried import wait_for_locks
from tests.fulfillment.capacity_kit import violations

pytestmark = pytest.mark.slow
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)


def day(n: int) -> dt.date:
    return NOW.date() + dt.timedelta(days=n)


@pytest.fixture
def pool(fresh_db: str, django_db_blocker: Any) -> Iterator[SlotPool]:
    with django_db_blocker.unblock():
        yield world.make_pool(world.make_node(bins=0), slots=10)
        connection.close()


def at_once(jobs: Sequence[Callable[[], Any]], moment: dt.datetime = NOW) -> list[str]:
    """Run all jobs, each on a connection of its own, from the same moment; how each ended."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> str:
        wait_for_locks()
        gate.wait(30)
        try:
            with clock.at(moment):
                job()
        except Exception as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def take(pool: SlotPool, member: Member, slots: int, first: int, last: int, **more: Any) -> Booking:
    [booking] = book(member=member, asks=[Ask(pool, slots, day(first), day(last))], **more)
    return booking


def wait(pool: SlotPool, member: Member, slots: int, first: int, last: int) -> WaitlistEntry:
    return join_waitlist(member=member, ask=Ask(pool, slots, day(first), day(last)))


def test_a_hold_that_ends_while_it_is_confirmed_is_either_booked_or_gone(pool: SlotPool) -> None:
    """Confirmed a moment before its end, taken back a moment after: one of the two, never both."""
    member, other = world.make_member(), world.make_member()
    ended: Counter[str] = Counter()
    for n in range(12):
        with clock.at(NOW):
            hold = take(pool, member, 10, n + 1, n + 1, hold_for=dt.timedelta(minutes=15))
        end = NOW + dt.timedelta(minutes=15)

        def confirm(hold: Booking = hold, end: dt.datetime = end) -> None:
            with clock.at(end - dt.timedelta(microseconds=1)):
                confirm_bookings(bookings=[hold])

        def grab(n: int = n) -> None:
            take(pool, other, 10, n + 1, n + 1)

        confirmed, grabbed = at_once([confirm, grab], end)
        assert sorted((confirmed, grabbed)) in (["Full", "done"], ["HoldRanOut", "done"])
        ended[confirmed] += 1
        assert PoolDay.objects.get(pool=pool, day=day(n + 1)).booked == 10
    assert violations() == []
    assert sum(ended.values()) == 12


def test_without_the_second_look_the_same_race_sells_the_slots_twice(pool: SlotPool) -> None:
    """A careless taker decides by what it read before the lock; the confirmed booking loses its slots to another."""
    member, other = world.make_member(), world.make_member()
    with clock.at(NOW):
        hold = take(pool, member, 10, 1, 1, hold_for=dt.timedelta(minutes=15))
    end = NOW + dt.timedelta(minutes=15)
    with clock.at(end):
        seen = Booking.objects.run_out().get(pk=hold.pk)
    with clock.at(end - dt.timedelta(microseconds=1)):
        confirm_bookings(bookings=[hold])
    with clock.at(end):
        with transaction.atomic():
            move(spans_of(seen, sign=-1))
            Booking.objects.filter(pk=seen.pk).update(state="expired", released_at=end)
        take(pool, other, 10, 1, 1)
    # She was told that it is hers, and it is not.
    assert Booking.objects.get(pk=hold.pk).state == "expired"


def test_two_who_free_at_once_offer_to_two_in_their_order(pool: SlotPool) -> None:
    owners = [world.make_member() for _ in range(5)]
    waiting = [world.make_member() for _ in range(7)]
    with clock.at(NOW):
        bookings = [take(pool, owner, 2, 1, 6) for owner in owners]
    entries = []
    for n, member in enumerate(waiting):
        with clock.at(NOW + dt.timedelta(seconds=n)):
            first = 1 + n % 3
            entries.append(wait(pool, member, 2, first, 6 - n % 2))
    ended = at_once([lambda b=b: release_booking(booking=b) for b in bookings])
    assert ended == ["done"] * 5
    states = [WaitlistEntry.objects.get(pk=e.pk).state for e in entries]
    # All want two slots of days 3 to 5: five fit, and those are the first five.
    assert states == ["offered"] * 5 + ["waiting"] * 2
    with clock.at(NOW):
        assert violations() == []


def test_unlocked_offers_at_once_go_to_the_same_one_twice(pool: SlotPool) -> None:
    """The pair: two who look before either locks both find the first in line, and the slots are promised twice."""
    members = [world.make_member() for _ in range(3)]
    with clock.at(NOW):
        bookings = [take(pool, members[0], 5, 1, 1), take(pool, members[0], 5, 1, 1)]
        entry = wait(pool, members[1], 5, 1, 1)
        gate = threading.Barrier(2)

    def careless(booking: Booking) -> None:
        with transaction.atomic():
            first = WaitlistEntry.objects.waiting().first()
            gate.wait(10)
            move(spans_of(booking, sign=-1))
            Booking.objects.filter(pk=booking.pk).update(state="released", released_at=NOW)
            if first is not None:
                Booking.objects.create(
                    member=first.member, pool=pool, slots=5, first_day=day(1), last_day=day(1),
                    state="held", held_until=NOW + dt.timedelta(hours=24),
                )  # fmt: skip

    at_once([lambda b=b: careless(b) for b in bookings])
    assert Booking.objects.filter(member=entry.member, state="held").count() == 2


def test_many_threads_on_overlapping_ranges_neither_deadlock_nor_miscount(pool: SlotPool) -> None:
    """Release, change, book, hold, end, wait, leave, resize: every act ends in words of the trade, none in a deadlock."""
    cold = world.make_pool(pool.node, slots=8, storage_class="cold")
    members = [world.make_member() for _ in range(6)]
    ended: Counter[str] = Counter()
    lock = threading.Lock()

    def act(dice: random.Random) -> None:
        place, member = dice.choice((pool, cold)), dice.choice(members)
        first = dice.randint(1, 9)
        last = first + dice.randint(0, 6)
        slots = dice.randint(1, 4)
        own = list(Booking.objects.live().filter(member=member)[:20])
        match dice.randint(0, 9):
            case 0 | 1 | 2:
                book_slots(member=member, pool=place, slots=slots, first_day=day(first), last_day=day(last))
            case 3:
                take(place, member, slots, first, last, hold_for=dt.timedelta(seconds=dice.choice((0, 60))))
            case 4 if own:
                release_booking(booking=dice.choice(own))
            case 5 | 6 if own:
                change_booking(
                    booking=dice.choice(own),
                    pool=place,
                    slots=slots,
                    first_day=day(first),
                    last_day=day(last),
                )
            case 7:
                wait(place, member, slots, first, last)
            case 8:
                end_run_out_holds()
                entry = WaitlistEntry.objects.filter(member=member, state__in=["waiting", "offered"]).first()
                if entry is not None:
                    leave_waitlist(entry=entry)
            case _:
                set_capacity(pool=place, first=day(first), last=day(last), slots=dice.randint(6, 12))

    def worker(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(40):
            try:
                act(dice)
                word = "done"
            except Exception as error:
                word = type(error).__name__
            with lock:
                ended[word] += 1

    assert at_once([lambda n=n: worker(n) for n in range(12)]) == ["done"] * 12
    assert set(ended) <= {
        "done", "Full", "BehindOthers", "OverTier", "FreeNow", "NeverFits", "Conflict", "WouldOversell",
        "NothingToRelease", "NothingToChange", "HoldRanOut", "NotOffered", "Invalid",
    }, ended  # fmt: skip
    assert ended["done"] > 100
    with clock.at(NOW):
        offer_waiting()
        assert violations() == []


def test_locked_in_the_order_of_asking_the_same_days_deadlock(pool: SlotPool) -> None:
    """The pair: whoever locks days as they come, and not in key order, waits crosswise."""
    member = world.make_member()
    with clock.at(NOW):
        take(pool, member, 1, 1, 2)
    gate = threading.Barrier(2)

    def crosswise(days: Sequence[int]) -> None:
        with transaction.atomic():
            for n in days:
                PoolDay.objects.filter(pool=pool, day=day(n)).update(booked=1)
                if n == days[0]:
                    gate.wait(10)

    ended = at_once([lambda: crosswise((1, 2)), lambda: crosswise((2, 1))])
    assert sorted(ended) == ["OperationalError", "done"]


def test_joining_while_the_last_booking_goes_misses_nothing(pool: SlotPool) -> None:
    """Who joins in the very moment of a release is either told that it is free, or gets the offer."""
    owner = world.make_member()
    for n in range(1, 13):
        member = world.make_member()
        with clock.at(NOW):
            booking = take(pool, owner, 10, n, n)
        joined, released = at_once(
            [lambda m=member, n=n: wait(pool, m, 4, n, n), lambda b=booking: release_booking(booking=b)]
        )
        assert released == "done"
        if joined == "done":
            assert WaitlistEntry.objects.get(member=member).state == "offered"
        else:
            assert joined == "FreeNow"
    with clock.at(NOW):
        assert violations() == []


def test_an_offer_taken_and_lapsing_in_the_same_moment_belongs_to_one(pool: SlotPool) -> None:
    owner, first, second = (world.make_member() for _ in range(3))
    with clock.at(NOW):
        booking = take(pool, owner, 10, 5, 5)
        offered, behind = wait(pool, first, 10, 5, 5), wait(pool, second, 10, 5, 5)
        release_booking(booking=booking)
    end = NOW + dt.timedelta(hours=24)
    offer = WaitlistEntry.objects.select_related("offer").get(pk=offered.pk).offer
    assert offer is not None

    def confirm() -> None:
        with clock.at(end - dt.timedelta(microseconds=1)):
            confirm_bookings(bookings=[offer])

    at_once([confirm, end_run_out_holds, end_run_out_holds], end)
    states = [WaitlistEntry.objects.get(pk=e.pk).state for e in (offered, behind)]
    assert states in (["taken", "waiting"], ["lapsed", "offered"])
    assert PoolDay.objects.get(pool=pool, day=day(5)).booked == 10
    with clock.at(end):
        assert violations() == []
