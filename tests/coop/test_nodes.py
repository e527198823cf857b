"""Setting up a node."""

from __future__ import annotations

import datetime as dt

import pytest

from coop.kernel.errors import Conflict
from coop.nodes import services
from coop.nodes.errors import ForeignZone, HoursUnclear, LayoutTooLarge, NothingToLayOut, ZoneUnknown
from coop.nodes.hours import Schedule
from coop.nodes.models import Bin, Closure, Node
from tests import world

pytestmark = pytest.mark.django_db


def test_a_new_node_has_its_two_staging_bins() -> None:
    node = world.make_node(bins=0)
    assert set(node.bins.values_list("kind", "code")) == {("receiving", "RECV"), ("packing", "PACK")}


def test_the_walk_goes_up_one_aisle_and_down_the_next() -> None:
    node = world.make_node(bins=0)
    services.lay_out_bins(node=node, zone=node.zones.get(), aisles=2, bays=3, levels=1, by=None)
    assert [b.code for b in world.shelf_bins(node)] == [
        "A-01-1",
        "A-02-1",
        "A-03-1",
        "B-03-1",
        "B-02-1",
        "B-01-1",
    ]


def test_more_shelves_go_on_where_the_last_ended() -> None:
    node = world.make_node(bins=2)
    services.lay_out_bins(node=node, zone=node.zones.get(), aisles=1, bays=1, levels=2, by=None)
    assert [(b.code, b.walk_order) for b in world.shelf_bins(node)][-2:] == [("B-01-1", 3), ("B-01-2", 4)]


@pytest.mark.parametrize(
    ("aisle", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (53, "BA"), (703, "AAA")]
)
def test_aisles_are_lettered_like_columns_of_a_sheet(aisle: int, letters: str) -> None:
    assert services.bin_code(aisle, 3, 2) == f"{letters}-03-2"


def test_refuses_a_layout_over_existing_codes_and_leaves_them_alone() -> None:
    node = world.make_node(bins=3)
    with pytest.raises(Conflict) as refused:
        services.lay_out_bins(
            node=node, zone=node.zones.get(), aisles=1, bays=9, levels=1, first_aisle=1, by=None
        )
    assert refused.value.code == "code_taken"
    assert Bin.objects.filter(node=node, kind="shelf").count() == 3


@pytest.mark.parametrize(
    ("aisles", "bays", "levels", "error"),
    [(0, 1, 1, NothingToLayOut), (1, 100, 1, LayoutTooLarge), (200, 99, 9, LayoutTooLarge)],
)
def test_refuses_layouts_that_make_no_sense(
    aisles: int, bays: int, levels: int, error: type[Exception]
) -> None:
    node = world.make_node(bins=0)
    with pytest.raises(error):
        services.lay_out_bins(
            node=node, zone=node.zones.get(), aisles=aisles, bays=bays, levels=levels, by=None
        )
    assert not Bin.objects.filter(kind="shelf").exists()


def test_refuses_a_zone_of_another_node() -> None:
    node, other = world.make_node(bins=0), world.make_node(bins=0)
    with pytest.raises(ForeignZone):
        services.lay_out_bins(node=node, zone=other.zones.get(), aisles=1, bays=1, levels=1, by=None)
    assert not Bin.objects.filter(kind="shelf").exists()


def test_the_week_is_set_as_a_whole() -> None:
    node = world.make_node()
    services.set_opening_hours(
        node=node, hours={0: (dt.time(9), dt.time(17)), 5: (dt.time(9), dt.time(13))}, by=None
    )
    assert Schedule.of(node).week == {0: (dt.time(9), dt.time(17)), 5: (dt.time(9), dt.time(13))}


def test_refuses_hours_that_end_before_they_begin() -> None:
    node = world.make_node()
    before = Schedule.of(node)
    with pytest.raises(HoursUnclear):
        services.set_opening_hours(node=node, hours={0: (dt.time(17), dt.time(9))}, by=None)
    assert Schedule.of(node) == before


def test_a_day_off_is_taken_once() -> None:
    node = world.make_node()
    day = dt.date(2026, 12, 25)
    services.close_on(node=node, days=[day, day], reason="Christmas", by=None)
    assert not Schedule.of(node).is_open(day)
    with pytest.raises(Conflict):
        services.close_on(node=node, days=[dt.date(2026, 12, 24), day], reason="again", by=None)
    closure = Closure.objects.get()
    assert services.reopen_on(node=node, days=[closure.day], by=None) == 1
    assert Schedule.of(node).is_open(day)


def test_refuses_a_time_zone_that_is_none() -> None:
    with pytest.raises(ZoneUnknown):
        world.make_node(timezone="Europe/Kreuzberg")
    assert not Node.objects.exists()


def test_a_schedule_of_a_node_costs_two_queries(django_assert_num_queries: object) -> None:
    node = world.make_node()
    with django_assert_num_queries(2):
        Schedule.of(node)
