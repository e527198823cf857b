"""Walks: who gets which, what a pick books, and when walk and wave are done."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coop.models import Cart
from fulfillment.models import Activity, Allocation, Batch, Order, PickTask, Stock, StockMove, Wave
from fulfillment.picking.errors import (
    CartTaken,
    NotInThisBatch,
    NotYourBatch,
    PickedOtherwise,
    PickedTooMuch,
    WalkingElsewhere,
)
from fulfillment.picking.services import (
    PickResult,
    claim_batch,
    confirm_picks,
    release_wave,
)
from tests.fulfillment.picking_kit import full, on_hand, walk_of
from tests.world import (
    make_allocated_order,
    make_member,
    make_node,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_a_picker_gets_the_oldest_batch_that_nobody_has(node, picker):
    Cart.objects.create(node=node, code="C1", totes=1)
    first = walk_of(node, picker, 1, 1)
    second = claim_batch(node=node, picker=make_user())
    assert (first.position, second.position) == (1, 2)
    assert claim_batch(node=node, picker=make_user()) is None


def test_an_unfinished_walk_comes_back_first(node, picker):
    batch = walk_of(node, picker, 1)
    make_allocated_order(make_member(), node)
    release_wave(node=node, by=None)
    assert claim_batch(node=node, picker=picker).pk == batch.pk


def test_refuses_a_walk_here_while_one_is_unfinished_elsewhere(node, picker):
    walk_of(node, picker, 1)
    other = make_node()
    make_allocated_order(make_member(), other)
    release_wave(node=other, by=None)
    with pytest.raises(WalkingElsewhere, match="unfinished walk"):
        claim_batch(node=other, picker=picker)
    assert Batch.objects.get(node=other).state == "open"


def test_a_cart_goes_with_one_walk(node, picker):
    cart = Cart.objects.create(node=node, code="C1", totes=1)
    make_allocated_order(make_member(), node)
    make_allocated_order(make_member(), node)
    release_wave(node=node, by=None)
    assert claim_batch(node=node, picker=picker, cart=cart).cart == cart
    with pytest.raises(CartTaken):
        claim_batch(node=node, picker=make_user(), cart=cart)
    assert Batch.objects.filter(state="open").count() == 1


def test_a_pick_moves_the_goods_and_is_one_act_of_its_quantity(node, picker):
    batch = walk_of(node, picker, 3)
    task = batch.tasks.get()
    confirmed = confirm_picks(batch=batch, results=full(task), by=picker)
    assert confirmed.picked == [task.pk]
    assert confirmed.batch_done
    assert confirmed.wave_done
    assert (on_hand(task.sku, "shelf"), on_hand(task.sku, "packing")) == (0, 3)
    bench = Stock.objects.get(sku=task.sku, bin__kind="packing")
    assert bench.allocated == 3
    activity = Activity.objects.get(kind="pick")
    assert (activity.quantity, activity.source_id, activity.worker, activity.member_id) == (
        3,
        task.pk,
        picker,
        task.member_id,
    )
    assert activity.reference == task.order.number
    task.refresh_from_db()
    assert (task.state, task.quantity_picked, task.picked_by) == ("picked", 3, picker)
    allocation = Allocation.objects.get(pk=task.allocation_id)
    assert (allocation.state, allocation.stock_id) == ("picked", bench.pk)
    assert Order.objects.get().state == "picked"


def test_told_twice_is_picked_once(node, picker):
    batch = walk_of(node, picker, 2)
    task = batch.tasks.get()
    confirm_picks(batch=batch, results=full(task), by=picker)
    again = confirm_picks(batch=batch, results=full(task), by=picker)
    assert again.known == [task.pk]
    assert again.picked == []
    assert Activity.objects.filter(kind="pick").count() == 1
    assert StockMove.objects.filter(reason="picked").count() == 1
    assert on_hand(task.sku, "packing") == 2


def test_refuses_another_quantity_for_a_stop_that_is_booked(node, picker):
    batch = walk_of(node, picker, 2)
    task = batch.tasks.get()
    confirm_picks(batch=batch, results=full(task), by=picker)
    with pytest.raises(PickedOtherwise):
        confirm_picks(batch=batch, results=[PickResult(task.pk, 1)], by=picker)
    assert on_hand(task.sku, "packing") == 2


def test_refuses_another_pickers_batch(node, picker):
    batch = walk_of(node, picker, 2)
    task = batch.tasks.get()
    with pytest.raises(NotYourBatch):
        confirm_picks(batch=batch, results=full(task), by=make_user())
    task.refresh_from_db()
    assert task.state == "open"
    assert not Activity.objects.filter(kind="pick").exists()


def test_refuses_a_stop_of_another_walk_and_books_none_of_them(node, picker):
    Cart.objects.create(node=node, code="C1", totes=1)
    batch = walk_of(node, picker, 1, 1)
    mine, theirs = PickTask.objects.order_by("batch__position")
    with pytest.raises(NotInThisBatch):
        confirm_picks(batch=batch, results=full(mine, theirs), by=picker)
    assert set(PickTask.objects.values_list("state", flat=True)) == {"open"}


@pytest.mark.parametrize("quantity", [3, -1])
def test_refuses_more_than_asked_and_less_than_nothing(node, picker, quantity):
    batch = walk_of(node, picker, 2)
    task = batch.tasks.get()
    with pytest.raises(PickedTooMuch):
        confirm_picks(batch=batch, results=[PickResult(task.pk, quantity)], by=picker)
    assert on_hand(task.sku, "shelf") == 2


def test_a_walk_and_its_wave_are_done_with_their_last_stop(node, picker):
    batch = walk_of(node, picker, 1, 1)
    first, last = batch.tasks.order_by("sequence")
    assert not confirm_picks(batch=batch, results=full(first), by=picker).batch_done
    assert Wave.objects.get().state == "released"
    assert confirm_picks(batch=batch, results=full(last), by=picker).wave_done
    batch.refresh_from_db()
    assert (batch.state, Wave.objects.get().state) == ("done", "done")


def test_confirming_costs_the_same_number_of_queries_for_many(node, picker, django_assert_num_queries):
    batch = walk_of(node, picker, *[1] * 12)
    tasks = list(batch.tasks.order_by("sequence"))
    with CaptureQueriesContext(connection) as one:
        confirm_picks(batch=batch, results=full(tasks[0]), by=picker)
    with django_assert_num_queries(len(one)):
        confirm_picks(batch=batch, results=full(*tasks[1:-1]), by=picker)
