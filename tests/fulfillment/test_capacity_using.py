"""Appointments kept or missed and picks not used are work on record, once each."""

from __future__ import annotations

import datetime as dt

import pytest

from coop.kernel.errors import Invalid
from coop.models import Member, Node
from fulfillment.activity.models import Activity
from fulfillment.capacity import tasks
from fulfillment.capacity.errors import NotToday
from fulfillment.capacity.models import SlotPool
from fulfillment.capacity.services import (
    note_use,
    open_pool,
    record_missed,
    record_missing_storage,
    record_overrun,
    release_booking,
)
from tests import world
from tests.fulfillment.capacity_kit import day, later, take, violations

pytestmark = pytest.mark.node(bins=0)


@pytest.fixture
def dock(node: Node) -> SlotPool:
    return open_pool(node=node, kind="dock", slots=5, opens_at=dt.time(8), closes_at=dt.time(10))


@pytest.fixture
def table(node: Node) -> SlotPool:
    return open_pool(node=node, kind="table", slots=5)


def recorded() -> list[tuple[str, dt.date, int]]:
    return sorted(Activity.objects.values_list("kind", "day", "quantity"))


def test_an_appointment_that_is_kept_is_on_record_once(dock: SlotPool, member: Member) -> None:
    with later():
        booking = take(dock, member, 1, 1)
        with pytest.raises(NotToday):
            note_use(booking=booking)
        assert not Activity.objects.exists()
    with later(days=1):
        assert note_use(booking=booking).used_at is not None
        note_use(booking=booking)
    with later(days=2):
        assert tasks.record_missed() == 1
        tasks.record_missed()
    assert recorded() == [("dock", day(1), 1)]
    assert violations() == []


def test_an_appointment_nobody_came_to_is_a_no_show_when_the_day_is_over(
    node: Node, dock: SlotPool, member: Member
) -> None:
    with later():
        take(dock, member, 2, 1)
        released = take(dock, member, 1, 1)
        release_booking(booking=released)
    with later(days=1):
        with pytest.raises(Invalid):
            record_missed(node=node, day=day(1))
        assert tasks.record_missed() == 0
    # Midnight in Berlin has passed; in UTC it is the day before.
    with later(days=1, hours=13, minutes=1):
        assert record_missed(node=node, day=day(1)) == 1
        record_missed(node=node, day=day(1))
    assert recorded() == [("no_show", day(1), 2)]
    assert violations() == []


def test_a_table_in_use_is_on_record_for_each_of_its_days(table: SlotPool, member: Member) -> None:
    with later():
        booking = take(table, member, 2, 0, 3)
        missed = take(table, world.make_member(), 1, 1, 2)
    with later(days=1):
        note_use(booking=booking)
    with later(days=5):
        tasks.record_missed()
        tasks.record_missed()
    assert recorded() == [
        ("no_show", day(2), 1),
        ("table", day(1), 2),
        ("table", day(2), 2),
        ("table", day(3), 2),
    ]
    assert Activity.objects.get(kind="no_show").member_id == missed.member_id
    assert violations() == []


def test_picks_reserved_and_not_used_are_idle(node: Node, member: Member) -> None:
    picks = open_pool(node=node, kind="picks", slots=500)
    busy = world.make_member()
    with later():
        take(picks, member, 100, 1)
        take(picks, busy, 50, 1)
    world.make_activity(member, node, "pick", 70, day=day(1))
    world.make_activity(busy, node, "pick", 60, day=day(1))
    with later(days=2):
        assert record_missed(node=node, day=day(1)) == 1
        record_missed(node=node, day=day(1))
    assert list(Activity.objects.filter(kind="idle").values_list("member", "quantity")) == [(member.pk, 30)]


def test_goods_beyond_the_booked_slots_are_overrun_once_a_day(member: Member) -> None:
    node = world.make_node(bins=2)
    pool = world.make_pool(node, slots=10)
    with later():
        take(pool, member, 1, 0, 5)
        # A mug takes 1.2 litres, a slot holds 60: 50 mugs fill the slot that is booked.
        sku = world.make_sku(member)
        world.make_stock(sku, world.shelf_bins(node)[0], 50)
        assert record_overrun(node=node) == 0
        world.make_stock(sku, world.shelf_bins(node)[1], 51)
        record_missing_storage(node=node)
        record_missing_storage(node=node)
    over = Activity.objects.filter(kind="overrun")
    assert list(over.values_list("day", "quantity", "storage_class")) == [(day(0), 2, "ambient")]
    with later(days=1):
        record_missing_storage(node=node)
    assert over.count() == 2
    assert violations() == []


def test_goods_of_who_booked_nothing_are_overrun_whole(node: Node, member: Member) -> None:
    node = world.make_node(bins=1)
    with later():
        world.make_stock(world.make_sku(member), world.shelf_bins(node)[0], 1)
        assert record_overrun(node=node) == 0  # nothing can be booked there
        world.make_pool(node)
        assert record_overrun(node=node) == 1
    assert recorded() == [("overrun", day(0), 1)]


def test_nobody_comes_for_shelf_slots(node: Node, member: Member) -> None:
    with later():
        booking = take(world.make_pool(node), member, 1, 0, 2)
        with pytest.raises(Invalid):
            note_use(booking=booking)
    assert not Activity.objects.exists()


def test_the_proof_finds_an_appointment_on_record_that_nobody_kept(
    node: Node, dock: SlotPool, member: Member
) -> None:
    with later():
        take(dock, member, 1, 1)
        world.make_activity(member, node, "dock", 1, day=day(1), source_type="booking_day")
    assert violations() == [f"{node.code} {member.slug} dock {day(1)}: 1 on record, 0 used"]
