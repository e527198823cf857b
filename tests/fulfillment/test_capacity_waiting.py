"""The waiting list: what comes free goes to those who wait, in their order, everything or nothing, for a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail

from coop.kernel import clock
from coop.kernel.errors import Conflict, Invalid
from coop.models import Member
from coop.runtime import outbox
from fulfillment.capacity import tasks
from fulfillment.capacity.errors import BehindOthers, FreeNow, Full, HoldRanOut, NeverFits, NotOffered, OnHold
from fulfillment.capacity.models import Booking, PoolDay, SlotPool, WaitlistEntry
from fulfillment.capacity.services import (
    Ask,
    book,
    confirm_bookings,
    end_run_out_holds,
    leave_waitlist,
    offer_waiting,
    open_pool,
    pass_offer,
    release_booking,
    set_capacity,
    take_offer,
)
from tests import world
from tests.fulfillment.capacity_kit import MONDAY, booked, day, later, state, take, violations, wait


@pytest.fixture
def pool(db: None) -> SlotPool:
    return world.make_pool(world.make_node(bins=0), slots=10)


@pytest.fixture
def member(db: None) -> Member:
    return world.make_member()


@pytest.fixture
def maya(db: None) -> Member:
    return world.make_member()


@pytest.fixture
def jonas(db: None) -> Member:
    return world.make_member()


def test_what_is_free_is_booked_not_waited_for(pool: SlotPool, maya: Member) -> None:
    with later(), pytest.raises(FreeNow):
        wait(pool, maya, 10, 1, 3)
    assert not WaitlistEntry.objects.exists()
    assert not PoolDay.objects.filter(waiting__gt=0).exists()


def test_released_slots_are_offered_in_the_same_moment(pool: SlotPool, member: Member, maya: Member) -> None:
    with later():
        booking = take(pool, member, 8, 1, 5)
        entry = wait(pool, maya, 4, 2, 3)
        release_booking(booking=booking)
        assert state(entry) == "offered"
        assert entry.offer is not None
        assert (entry.offer.state, entry.offer.held_until) == ("held", MONDAY + dt.timedelta(hours=24))
        assert booked(pool) == {2: 4, 3: 4}
        assert violations() == []
        got = take_offer(entry=entry)
        assert (got.state, got.held_until) == ("booked", None)
        assert state(entry) == "taken"
        assert take_offer(entry=entry) == got
    assert violations() == []


def test_an_offer_stands_a_day_but_not_beyond_the_first_days_start_at_the_node(
    pool: SlotPool, member: Member, maya: Member, jonas: Member
) -> None:
    with later():
        booking = take(pool, member, 10, 1, 5)
        near, far = wait(pool, maya, 1, 1), wait(pool, jonas, 1, 5)
        release_booking(booking=booking)
        ends = dict(Booking.objects.filter(state="held").values_list("member", "held_until"))
    # Midnight in Berlin, in summer.
    assert ends == {
        near.member_id: dt.datetime(2026, 6, 1, 22, tzinfo=dt.UTC),
        far.member_id: MONDAY + dt.timedelta(hours=24),
    }


def test_first_come_first_served_all_days_or_none(
    pool: SlotPool, member: Member, maya: Member, jonas: Member
) -> None:
    with later():
        booking, other = take(pool, member, 5, 1, 3), take(pool, member, 5, 3)
        long, short = wait(pool, maya, 6, 1, 3), wait(pool, jonas, 5, 3)
        next_one = wait(pool, world.make_member(), 5, 3)
        release_booking(booking=other)
        # The first wants six slots; five came free, which serve the second and nobody else.
        assert [state(e) for e in (long, short, next_one)] == ["waiting", "offered", "waiting"]
        release_booking(booking=booking)
        # On day 3 five are held now: six are not free on all days yet, but five are for the one behind.
        assert [state(e) for e in (long, short, next_one)] == ["waiting", "offered", "offered"]
        pass_offer(entry=short)
        pass_offer(entry=next_one)
        assert state(long) == "offered"
        assert state(short) == state(next_one) == "withdrawn"
    assert violations() == []


def test_a_newcomer_does_not_overtake(pool: SlotPool, member: Member, maya: Member, jonas: Member) -> None:
    with later():
        [hold] = book(member=member, asks=[Ask(pool, 6, day(2), day(4))], hold_for=dt.timedelta(minutes=15))
        entry = wait(pool, maya, 6, 3)
    with later(minutes=16):
        # The hold is worth nothing; what it kept is for her who waits, and the rest for the newcomer.
        with pytest.raises(BehindOthers) as refused:
            take(pool, jonas, 5, 3)
        assert refused.value.days == [(day(3), 4)]
        assert state(entry) == "waiting"
        take(pool, jonas, 4, 3)
        assert state(entry) == "offered"
        hold.refresh_from_db()
        assert hold.state == "expired"
    assert booked(pool) == {3: 10}
    assert violations() == []


def test_what_nobody_who_waits_can_use_is_free_for_all(
    pool: SlotPool, member: Member, maya: Member, jonas: Member
) -> None:
    with later():
        take(pool, member, 8, 3)
        entry = wait(pool, maya, 5, 2, 4)
        take(pool, jonas, 2, 3)
        take(pool, jonas, 10, 4)
        assert state(entry) == "waiting"
    assert violations() == []


def test_an_offer_not_taken_lapses_and_goes_to_the_next(
    pool: SlotPool, member: Member, maya: Member, jonas: Member
) -> None:
    with later():
        booking = take(pool, member, 10, 3, 5)
        first, second = wait(pool, maya, 10, 3), wait(pool, jonas, 10, 3)
        release_booking(booking=booking)
    with later(hours=24):
        with pytest.raises(HoldRanOut):
            take_offer(entry=first)
        assert tasks.end_holds() == 1
        assert [state(e) for e in (first, second)] == ["lapsed", "offered"]
        with pytest.raises(HoldRanOut):
            take_offer(entry=first)
    with later(hours=47):
        take_offer(entry=second)
    assert booked(pool) == {3: 10}
    assert violations() == []


def test_leaving_and_passing_on(pool: SlotPool, member: Member, maya: Member, jonas: Member) -> None:
    with later():
        booking = take(pool, member, 10, 3)
        first, second = wait(pool, maya, 10, 3), wait(pool, jonas, 4, 3)
        third = wait(pool, world.make_member(), 4, 3)
        leave_waitlist(entry=first)
        release_booking(booking=booking)
        assert [state(e) for e in (first, second, third)] == ["withdrawn", "offered", "offered"]
        leave_waitlist(entry=second)
        assert state(second) == "withdrawn"
        with pytest.raises(NotOffered):
            pass_offer(entry=second)
        with pytest.raises(NotOffered):
            take_offer(entry=first)
        with pytest.raises(NotOffered):
            leave_waitlist(entry=first)
    assert booked(pool) == {3: 4}
    assert violations() == []


def test_raised_capacity_and_run_out_holds_are_offered(
    pool: SlotPool, member: Member, maya: Member, jonas: Member
) -> None:
    with later():
        take(pool, member, 7, 3)
        book(member=member, asks=[Ask(pool, 3, day(3), day(3))], hold_for=dt.timedelta(minutes=15))
        first, second = wait(pool, maya, 3, 3), wait(pool, jonas, 2, 3)
        set_capacity(pool=pool, first=day(3), last=day(3), slots=12)
        assert [state(e) for e in (first, second)] == ["waiting", "offered"]
    with later(minutes=15):
        assert end_run_out_holds() == 1
        assert state(first) == "offered"
    assert violations() == []


def test_who_may_book_nothing_is_passed_over_and_keeps_the_place(
    pool: SlotPool, member: Member, maya: Member, jonas: Member
) -> None:
    with later():
        booking, other = take(pool, member, 5, 3), take(pool, member, 5, 3)
        first, second = wait(pool, maya, 5, 3), wait(pool, jonas, 5, 3)
        Member.objects.filter(pk=maya.pk).update(standing="on_hold", hold="steward")
        release_booking(booking=booking)
        assert [state(e) for e in (first, second)] == ["waiting", "offered"]
        Member.objects.filter(pk=maya.pk).update(standing="good", hold="")
        release_booking(booking=other)
        assert state(first) == "offered"
        Member.objects.filter(pk=maya.pk).update(standing="on_hold", hold="steward")
        with pytest.raises(OnHold):
            take_offer(entry=first)


def test_the_broom_finds_what_came_free_otherwise_and_ends_what_is_past(
    pool: SlotPool, member: Member, maya: Member, jonas: Member
) -> None:
    with later():
        booking = take(pool, member, 10, 1, 3)
        first, second = wait(pool, maya, 5, 3), wait(pool, jonas, 10, 1)
        Member.objects.filter(pk=maya.pk).update(standing="on_hold", hold="steward")
        Member.objects.filter(pk=jonas.pk).update(standing="on_hold", hold="steward")
        release_booking(booking=booking)
        Member.objects.filter(pk=maya.pk).update(standing="good", hold="")
        assert violations() != []
        assert offer_waiting() == 1
    with later(days=1):
        assert offer_waiting() == 0
        assert [state(e) for e in (first, second)] == ["offered", "over"]
    assert not PoolDay.objects.filter(waiting__gt=0).exists()
    assert violations() == []


def test_refuses_today_what_never_fits_the_same_twice_and_who_is_on_hold(
    pool: SlotPool, member: Member, maya: Member
) -> None:
    with later():
        take(pool, member, 10, 0, 3)
        with pytest.raises(Invalid):
            wait(pool, maya, 1, 0)
        with pytest.raises(NeverFits):
            wait(pool, maya, 11, 1)
        wait(pool, maya, 1, 1)
        with pytest.raises(Conflict) as twice:
            wait(pool, maya, 1, 1)
        assert twice.value.code == "waiting_already"
        Member.objects.filter(pk=maya.pk).update(standing="on_hold", hold="steward")
        maya.refresh_from_db()
        with pytest.raises(OnHold):
            wait(pool, maya, 1, 2)
    assert WaitlistEntry.objects.count() == 1
    assert violations() == []


def test_waiting_for_sku_places_of_the_node(member: Member, maya: Member) -> None:
    node = world.make_node(bins=0, tier="same_day")
    pool = world.make_pool(node, slots=10)
    cold = open_pool(node=node, storage_class="cold", slots=10)
    with later():
        booking = take(pool, member, 1, 3, 4, skus=45)
        with pytest.raises(NeverFits):
            wait(cold, maya, 1, 3, skus=50)
        entry = wait(cold, maya, 2, 3, skus=10)
        assert violations() == []
        # Slots of another class came free, and with them places: that is what she waited for.
        release_booking(booking=booking)
        assert state(entry) == "offered"
        take_offer(entry=entry)
    assert booked(cold) == {3: 2}
    assert violations() == []


def test_confirming_the_hold_itself_takes_the_offer(pool: SlotPool, member: Member, maya: Member) -> None:
    with later():
        booking = take(pool, member, 10, 3)
        entry = wait(pool, maya, 1, 3)
        release_booking(booking=booking)
        entry.refresh_from_db()
        assert entry.offer is not None
        confirm_bookings(bookings=[entry.offer])
        assert state(entry) == "taken"


def test_letters_say_when_something_is_offered_and_when_it_lapsed(
    pool: SlotPool, member: Member, maya: Member
) -> None:
    writer = world.make_user("maya@letters.example")
    with later():
        booking = take(pool, member, 10, 3)
        wait(pool, maya, 2, 3, by=writer)
        release_booking(booking=booking)
        outbox.deliver_due()
    with later(days=2):
        end_run_out_holds()
        outbox.deliver_due()
    offered, lapsed = mail.outbox
    assert offered.to == lapsed.to == ["maya@letters.example"]
    assert offered.subject == f"It is your turn: 2 × ambient slots at {pool.node.name}"
    assert "until 02 Jun 2026, 11:00 (Europe/Berlin)" in offered.body
    assert lapsed.subject.startswith("The offer ran out")
    assert offered.extra_headers["Message-ID"] != lapsed.extra_headers["Message-ID"]


def test_proofs_find_a_day_that_counts_wrong_and_an_offer_that_is_none(
    pool: SlotPool, member: Member, maya: Member
) -> None:
    with clock.at(MONDAY):
        booking = take(pool, member, 10, 3)
        entry = wait(pool, maya, 1, 3)
        PoolDay.objects.filter(pool=pool, day=day(3)).update(waiting=2)
        assert "the day counts 2 who wait, 1 do" in violations()[0]
        PoolDay.objects.filter(pool=pool, day=day(3)).update(waiting=1)
        release_booking(booking=booking)
        assert violations() == []
        entry.refresh_from_db()
        Booking.objects.filter(pk=entry.offer_id).update(state="booked")
        assert f"waiting list {entry.pk}: offered, but what was offered is booked" in violations()


def test_booking_where_nobody_waits_asks_nobody(
    pool: SlotPool, member: Member, maya: Member, django_assert_max_num_queries: Any
) -> None:
    with later():
        take(pool, member, 10, 3)
        wait(pool, maya, 1, 3)
        take(pool, member, 1, 5)
        # At most a savepoint, the bookings, the counters, and the savepoint's end: nothing about the list.
        with django_assert_max_num_queries(4):
            take(pool, member, 1, 5)
        with pytest.raises(Full):
            take(pool, member, 1, 3)
