"""Days open by themselves: each node's own day, its hours and closures, summer time or not."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.models import Node
from coop.nodes import services as nodes
from fulfillment.capacity import tasks
from fulfillment.capacity.models import PoolDay, SlotPool
from fulfillment.capacity.services import book_slots, open_days, open_horizon, open_pool
from tests import world
from tests.fulfillment.capacity_kit import day, later, take

pytestmark = pytest.mark.node(bins=0)


def dock_of(node: Node, opens: int = 8, closes: int = 10) -> SlotPool:
    times = {"opens_at": dt.time(opens), "closes_at": dt.time(closes)}
    return open_pool(node=node, kind="dock", name=f"From {opens}", slots=3, **times)


def test_opens_400_days_of_every_pool_once(node: Node) -> None:
    shelf, dock = world.make_pool(node), dock_of(node)
    nodes.close_on(node=node, days=[day(2)], reason="holiday", by=None)
    with later():
        take(shelf, world.make_member(), 1, 3)
        assert tasks.open_horizon() == 3 * 401 - 2
        assert tasks.open_horizon() == 0
    with later(days=1):
        assert open_horizon() == 3
    offered = {d.day: (d.capacity, d.note, d.closed) for d in PoolDay.objects.filter(pool=dock)}
    assert offered[day(1)] == (3, "", False)
    assert offered[day(2)] == (0, "holiday", True)
    assert offered[day(5)] == (0, "closed on Saturdays", True)
    assert not PoolDay.objects.filter(pool=shelf, capacity=0).exists()
    assert max(offered) == day(401)


def test_the_first_day_is_the_nodes_own_today(node: Node) -> None:
    far = world.make_node(bins=0, timezone="Pacific/Auckland")
    here, there = world.make_pool(node), world.make_pool(far)
    with clock.at(dt.datetime(2026, 6, 1, 13, tzinfo=dt.UTC)):
        open_horizon(days=2)
    assert min(d.day for d in PoolDay.objects.filter(pool=here)) == dt.date(2026, 6, 1)
    assert min(d.day for d in PoolDay.objects.filter(pool=there)) == dt.date(2026, 6, 2)


def test_the_number_of_queries_does_not_grow_with_pools(
    node: Node, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        open_pool(node=node, kind="picks", name=f"Shift {n}", slots=10)
    with later(), django_assert_max_num_queries(7):
        open_horizon(days=60)


def test_a_dock_outside_the_hours_of_a_weekday_is_closed(node: Node) -> None:
    nodes.set_opening_hours(
        node=node, hours={0: (dt.time(8), dt.time(18)), 1: (dt.time(12), dt.time(18))}, by=None
    )
    early, late = dock_of(node), dock_of(node, 11, 13)
    with later():
        for dock in (early, late):
            open_days(pool=dock, first=day(0), last=day(1))
    assert list(PoolDay.objects.filter(pool=early).values_list("capacity", "note")) == [
        (3, ""),
        (0, "open 12:00–18:00 on Tuesdays"),
    ]
    assert list(PoolDay.objects.filter(pool=late).values_list("capacity", flat=True)) == [3, 3]


# In Berlin 29 March 2026 has 23 hours and 25 October 25.
@pytest.mark.parametrize(("change", "hours"), [(dt.date(2026, 3, 29), 23), (dt.date(2026, 10, 25), 25)])
def test_days_of_23_and_25_hours_have_their_dock_window_and_end_at_their_own_midnight(
    db: None, change: dt.date, hours: int
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    node = world.make_node(bins=0, week={n: (dt.time(8), dt.time(18)) for n in range(7)})
    dock, shelf = dock_of(node), world.make_pool(node)
    begins = dt.datetime.combine(change, dt.time(), tzinfo=berlin).astimezone(dt.UTC)
    ends = begins + dt.timedelta(hours=hours)
    closes = dt.datetime.combine(change, dt.time(10), tzinfo=berlin).astimezone(dt.UTC)
    member = world.make_member()
    with clock.at(begins):
        open_days(pool=dock, first=change, last=change)
        assert PoolDay.objects.get(pool=dock).capacity == 3
    for pool, end in ((dock, closes), (shelf, ends)):
        with clock.at(end - dt.timedelta(seconds=1)):
            book_slots(member=member, pool=pool, slots=1, first_day=change, last_day=change)
        with clock.at(end), pytest.raises(Invalid):
            book_slots(member=member, pool=pool, slots=1, first_day=change, last_day=change)
        assert PoolDay.objects.get(pool=pool).booked == 1


def test_what_is_changed_at_the_node_reaches_its_pools_by_itself(node: Node) -> None:
    shelf, dock = world.make_pool(node), dock_of(node)
    with later():
        tasks.open_horizon()
        nodes.close_on(node=node, days=[day(2)], reason="holiday", by=None)
        Node.objects.filter(pk=node.pk).update(tier="same_day")
        tasks.open_horizon()
    assert (
        PoolDay.objects.get(pool=dock, day=day(2)).note,
        SlotPool.objects.get(pk=shelf.assortment_id).slots,
    ) == (
        "holiday",
        49,
    )
    assert set(PoolDay.objects.filter(pool=shelf.assortment).values_list("capacity", flat=True)) == {49}
