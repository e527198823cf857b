"""Slots: all days or none, never more than there are, and every occupied day is on record once."""

from __future__ import annotations

import datetime as dt

import pytest

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.models import Member, Node
from fulfillment.activity.models import Activity
from fulfillment.capacity import proofs, tasks
from fulfillment.capacity.errors import Full, NothingToRelease, OnHold, WouldOversell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.services import (
    HOLD,
    Ask,
    book,
    book_slots,
    record_missing_storage,
    record_storage,
    release_booking,
    set_capacity,
)
from tests import world

pytestmark = pytest.mark.node(bins=0)

MONDAY = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)


def day(n: int) -> dt.date:
    return MONDAY.date() + dt.timedelta(days=n)


def booked(pool: SlotPool) -> dict[dt.date, int]:
    return dict(PoolDay.objects.filter(pool=pool).values_list("day", "booked"))


def violations() -> list[str]:
    return [*proofs.booked_is_sum_of_bookings(), *proofs.storage_within_bookings()]


def test_books_every_day_of_the_range(pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        book_slots(member=member, pool=pool, slots=4, first_day=day(0), last_day=day(2))
        book_slots(member=member, pool=pool, slots=6, first_day=day(2), last_day=day(3))
    assert booked(pool) == {day(0): 4, day(1): 4, day(2): 10, day(3): 6}
    assert violations() == []


def test_refuses_when_one_day_is_full_and_books_none(pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        book_slots(member=member, pool=pool, slots=8, first_day=day(1), last_day=day(1))
        with pytest.raises(Full) as refused:
            book_slots(member=member, pool=pool, slots=3, first_day=day(0), last_day=day(2))
    assert refused.value.days == [(day(1), 2)]
    assert "02 Jun 2026 (only 2 free)" in refused.value.message
    assert booked(pool) == {day(1): 8}
    assert Booking.objects.count() == 1


def test_refuses_the_past_none_and_days_out_of_order(pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        for slots, first, last in ((1, -1, 2), (0, 0, 2), (1, 2, 0), (1, 0, 500)):
            with pytest.raises(Invalid):
                book_slots(member=member, pool=pool, slots=slots, first_day=day(first), last_day=day(last))
    assert not Booking.objects.exists()
    assert not PoolDay.objects.exists()


def test_a_member_on_hold_books_nothing_new(pool: SlotPool) -> None:
    member = world.make_member(standing="on_hold", hold="steward")
    with clock.at(MONDAY), pytest.raises(OnHold):
        book_slots(member=member, pool=pool, slots=1, first_day=day(0), last_day=day(0))
    assert not Booking.objects.exists()


def test_the_day_is_the_nodes_day(member: Member) -> None:
    pool = world.make_pool(world.make_node(timezone="Pacific/Auckland", bins=0))
    with clock.at(dt.datetime(2026, 6, 1, 13, tzinfo=dt.UTC)), pytest.raises(Invalid):
        # In Auckland it is 2 June already.
        book_slots(member=member, pool=pool, slots=1, first_day=day(0), last_day=day(3))


def test_release_gives_all_days_back_before_the_start(pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        booking = book_slots(member=member, pool=pool, slots=4, first_day=day(1), last_day=day(3))
        assert release_booking(booking=booking).state == "released"
        with pytest.raises(NothingToRelease):
            release_booking(booking=booking)
    assert booked(pool) == {day(1): 0, day(2): 0, day(3): 0}
    assert violations() == []


def test_a_hold_goes_whole_also_on_its_last_day(pool: SlotPool, member: Member) -> None:
    asks = [Ask(pool, 4, day(0), day(0)), Ask(pool, 4, day(0), day(2))]
    with clock.at(MONDAY):
        for ask in asks:
            [hold] = book(member=member, asks=[ask], hold_for=HOLD)
            assert release_booking(booking=hold).state == "released"
    assert booked(pool) == {day(0): 0, day(1): 0, day(2): 0}
    assert violations() == []


def test_release_in_the_middle_ends_the_booking_today(pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        booking = book_slots(member=member, pool=pool, slots=4, first_day=day(0), last_day=day(5))
    with clock.at(MONDAY + dt.timedelta(days=2)):
        booking = release_booking(booking=booking)
        assert (booking.state, booking.last_day) == ("booked", day(2))
        with pytest.raises(NothingToRelease):
            release_booking(booking=booking)
    assert booked(pool) == {day(0): 4, day(1): 4, day(2): 4, day(3): 0, day(4): 0, day(5): 0}
    assert violations() == []


def test_capacity_is_not_lowered_below_what_is_booked(pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        book_slots(member=member, pool=pool, slots=6, first_day=day(1), last_day=day(2))
        with pytest.raises(WouldOversell) as refused:
            set_capacity(pool=pool, first=day(0), last=day(4), slots=5)
        assert refused.value.days == [(day(1), 6), (day(2), 6)]
        assert refused.value.members == [(member.name, 6)]
        assert member.name in refused.value.message
        assert set(PoolDay.objects.filter(pool=pool).values_list("capacity", flat=True)) == {10}
        assert set_capacity(pool=pool, first=day(0), last=day(4), slots=6) == 5


def test_storage_is_recorded_once_for_each_slot_day(node: Node, pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        booking = book_slots(member=member, pool=pool, slots=4, first_day=day(0), last_day=day(2))
        other = book_slots(member=world.make_member(), pool=pool, slots=2, first_day=day(1), last_day=day(1))
        with pytest.raises(Invalid):
            record_storage(node=node, day=day(1))
    with clock.at(MONDAY + dt.timedelta(days=1)):
        assert record_storage(node=node, day=day(1)) == 2
        record_storage(node=node, day=day(1))
    assert dict(Activity.objects.values_list("member", "quantity")) == {
        booking.member_id: 4,
        other.member_id: 2,
    }


def test_a_late_run_catches_up_every_missed_day(node: Node, pool: SlotPool, member: Member) -> None:
    with clock.at(MONDAY):
        book_slots(member=member, pool=pool, slots=4, first_day=day(0), last_day=day(9))
    with clock.at(MONDAY + dt.timedelta(days=2)):
        record_storage(node=node, day=day(1))
    with clock.at(MONDAY + dt.timedelta(days=4)):
        assert record_missing_storage(node=node) == [day(0), day(2), day(3), day(4)]
        assert tasks.record_storage() == 0
        # A booking made after today's run is on record with the next one.
        book_slots(member=world.make_member(), pool=pool, slots=1, first_day=day(4), last_day=day(4))
        assert tasks.record_storage() == 1
    assert Activity.objects.count() == 6
    assert sorted(Activity.objects.filter(member=member).values_list("day", flat=True)) == [
        day(n) for n in range(5)
    ]
    assert violations() == []


def test_the_proof_finds_a_counter_that_was_changed_by_hand(
    node: Node, pool: SlotPool, member: Member
) -> None:
    with clock.at(MONDAY):
        book_slots(member=member, pool=pool, slots=4, first_day=day(0), last_day=day(0))
    PoolDay.objects.filter(pool=pool).update(booked=3)
    assert violations() == [
        f"{node.code} shelf ambient {day(0)}: counter says 3, bookings hold 4, capacity is 10"
    ]
