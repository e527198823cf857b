from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coop.kernel import clock
from coop.models import Cart
from coop.nodes.services import lay_out_bins
from fulfillment.models import Allocation, Batch, Order, PickTask, Wave
from fulfillment.picking.errors import NothingToRelease
from fulfillment.picking.services import preview_wave, queue_of, release_wave
from tests.world import (
    make_allocated_order,
    make_member,
    make_node,
    make_order,
    make_sku,
    make_stock,
    shelf_bins,
)

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def test_takes_whole_orders_of_all_members_off_the_queue():
    node = make_node()
    ann, ben = make_member(), make_member()
    first = make_allocated_order(ann, node, {make_sku(ann): 2, make_sku(ann): 1})
    second = make_allocated_order(ben, node)
    wave = release_wave(node=node, by=None)
    tasks = PickTask.objects.filter(batch__wave=wave)
    assert {t.order_id for t in tasks} == {first.pk, second.pk}
    assert {t.member_id for t in tasks} == {ann.pk, ben.pk}
    assert sum(t.quantity for t in tasks) == 4
    assert not queue_of(node).exists()
    assert set(Allocation.objects.values_list("state", flat=True)) == {"waved"}
    first.refresh_from_db()
    assert first.state == Order.State.PICKING


def test_numbers_waves_of_each_node_from_one():
    one, two, member = make_node(), make_node(), make_member()
    numbers = []
    for node in (one, one, two):
        make_allocated_order(member, node)
        numbers.append(release_wave(node=node, by=None).number)
    assert numbers == [1, 2, 1]


def test_the_earliest_promise_goes_first():
    node, member = make_node(), make_member()
    with clock.at(MONDAY):
        today = make_allocated_order(member, node)
    with clock.at(MONDAY + dt.timedelta(hours=8)):
        make_allocated_order(member, node)
        with_time = release_wave(node=node, by=None, max_orders=1)
    assert [t.order_id for t in PickTask.objects.filter(batch__wave=with_time)] == [today.pk]


def test_takes_only_what_is_due_when_asked():
    node, member = make_node(), make_member()
    with clock.at(MONDAY):
        today = make_allocated_order(member, node)
    with clock.at(MONDAY + dt.timedelta(hours=8)):
        make_allocated_order(member, node)
        wave = release_wave(node=node, by=None, due_before=MONDAY + dt.timedelta(hours=12))
    assert {t.order_id for t in PickTask.objects.filter(batch__wave=wave)} == {today.pk}
    assert queue_of(node).count() == 1


def test_one_order_a_tote_and_as_many_as_the_smallest_cart_carries():
    node, member = make_node(), make_member()
    Cart.objects.create(node=node, code="C1", totes=2)
    Cart.objects.create(node=node, code="C2", totes=9)
    for _ in range(5):
        make_allocated_order(member, node, {make_sku(member): 1, make_sku(member): 1})
    wave = release_wave(node=node, by=None)
    batches = list(Batch.objects.filter(wave=wave).order_by("position"))
    assert [b.position for b in batches] == [1, 2, 3]
    for batch in batches:
        totes = {(t.order_id, t.tote) for t in batch.tasks.all()}
        assert len(totes) == len({order for order, _ in totes}) <= 2
        assert {tote for _, tote in totes} == set(range(1, len(totes) + 1))


def test_stops_follow_the_walk_through_the_aisles():
    node, member = make_node(bins=3), make_member()
    lay_out_bins(node=node, zone=node.zones.get(), aisles=1, bays=3, levels=1, first_aisle=2, by=None)
    bins = shelf_bins(node)
    for place in (bins[4], bins[2], bins[0], bins[5]):
        make_allocated_order(member, node, bin=place)
    wave = release_wave(node=node, by=None)
    codes = list(
        PickTask.objects.filter(batch__wave=wave).order_by("sequence").values_list("bin__code", flat=True)
    )
    assert codes == ["A-01-1", "A-03-1", "B-03-1", "B-02-1"]


def test_an_order_that_waits_for_stock_stays_whole_in_the_queue():
    node, member = make_node(), make_member()
    here, nowhere = make_sku(member), make_sku(member)
    make_stock(here, shelf_bins(node)[0], 5)
    make_order(member, {here.code: 1, nowhere.code: 1})
    with pytest.raises(NothingToRelease):
        release_wave(node=node, by=None)
    assert queue_of(node).count() == 1
    assert not Wave.objects.exists()
    assert preview_wave(node=node).left_out == [("wait for the rest of their goods", 1)]


def test_an_empty_queue_makes_no_wave_and_uses_no_number():
    node = make_node()
    with pytest.raises(NothingToRelease):
        release_wave(node=node, by=None)
    make_allocated_order(make_member(), node)
    assert release_wave(node=node, by=None).number == 1


def test_the_preview_says_what_the_wave_then_takes():
    node, member = make_node(), make_member()
    for _ in range(3):
        make_allocated_order(member, node, {make_sku(member): 2})
    seen = preview_wave(node=node, max_orders=2)
    assert (seen.orders, seen.picks, seen.pieces, seen.members, seen.batches) == (2, 2, 4, 1, 1)
    assert seen.left_out == [("are over the number you asked for", 1)]
    wave = release_wave(node=node, by=None, max_orders=2)
    assert PickTask.objects.filter(batch__wave=wave).count() == 2


def test_other_nodes_keep_their_queue():
    one, two, member = make_node(), make_node(), make_member()
    make_allocated_order(member, one)
    make_allocated_order(member, two)
    release_wave(node=one, by=None)
    assert queue_of(two).count() == 1


def test_releasing_costs_the_same_number_of_queries_for_many(django_assert_num_queries):
    node, member = make_node(), make_member()
    for _ in range(30):
        make_allocated_order(member, node)
    release_wave(node=node, by=None, max_orders=1)
    with CaptureQueriesContext(connection) as one:
        release_wave(node=node, by=None, max_orders=1)
    with django_assert_num_queries(len(one)):
        release_wave(node=node, by=None)
