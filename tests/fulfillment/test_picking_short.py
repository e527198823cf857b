"""Less lay there than was promised: what was found is booked, the rest written off and looked for elsewhere."""

from __future__ import annotations

import pytest

from fulfillment.models import Activity, Allocation, CountTask, Stock, StockMove
from fulfillment.orders.services import allocate_orders
from fulfillment.picking.services import (
    PickResult,
    claim_batch,
    confirm_picks,
    queue_of,
    release_wave,
)
from tests.fulfillment.picking_kit import full, on_hand, walk_of
from tests.world import (
    make_allocated_order,
    make_member,
    make_sku,
    make_stock,
    shelf_bins,
)

pytestmark = pytest.mark.django_db


def test_a_short_pick_books_what_was_found_and_writes_the_rest_off(node, picker):
    batch = walk_of(node, picker, 5)
    task = batch.tasks.get()
    confirmed = confirm_picks(batch=batch, results=[PickResult(task.pk, 2)], by=picker)
    assert confirmed.short == [task.pk]
    assert (on_hand(task.sku, "shelf"), on_hand(task.sku, "packing")) == (0, 2)
    assert Activity.objects.get(kind="pick").quantity == 2
    assert StockMove.objects.get(reason="short").quantity == 3
    count = CountTask.objects.get()
    assert (count.bin_id, count.sku_id, count.state) == (task.bin_id, task.sku_id, "open")
    assert task.order.number in count.reason
    line = task.order.lines.get()
    assert line.quantity_allocated == 2
    assert "missing at pick" in line.shortage


def test_nothing_found_is_no_work_and_promises_nothing(node, picker):
    batch = walk_of(node, picker, 2)
    task = batch.tasks.get()
    confirm_picks(batch=batch, results=[PickResult(task.pk, 0)], by=picker)
    assert not Activity.objects.filter(kind="pick").exists()
    task.refresh_from_db()
    assert (task.state, task.quantity_picked) == ("short", 0)
    assert Allocation.objects.get().state == "freed"
    assert Stock.objects.get(sku=task.sku).on_hand == 0


def test_a_short_bin_keeps_only_what_other_orders_are_promised(node, picker):
    member = make_member()
    sku, place = make_sku(member), shelf_bins(node)[0]
    first = make_allocated_order(member, node, {sku: 2}, bin=place)
    make_allocated_order(member, node, {sku: 3}, bin=place)
    make_stock(sku, place, 4)
    release_wave(node=node, by=None)
    batch = claim_batch(node=node, picker=picker)
    confirm_picks(batch=batch, results=[PickResult(batch.tasks.get(order=first).pk, 1)], by=picker)
    stock = Stock.objects.get(sku=sku, bin=place)
    assert (stock.on_hand, stock.allocated) == (3, 3)
    assert sum(m.quantity for m in StockMove.objects.filter(reason="short")) == 1 + 4


def test_the_missing_pieces_are_allocated_from_another_bin(node, picker):
    member = make_member()
    sku = make_sku(member)
    near, far = shelf_bins(node)[:2]
    order = make_allocated_order(member, node, {sku: 4}, bin=near)
    make_stock(sku, far, 10)
    make_stock(sku, near, 10)
    release_wave(node=node, by=None)
    batch = claim_batch(node=node, picker=picker)
    confirm_picks(batch=batch, results=[PickResult(batch.tasks.get().pk, 1)], by=picker)
    allocate_orders(order_ids=[order.pk])
    queued = queue_of(node).get()
    assert (queued.bin, queued.quantity, queued.order) == (far, 3, order)
    release_wave(node=node, by=None)
    rest = claim_batch(node=node, picker=picker)
    confirm_picks(batch=rest, results=full(rest.tasks.get()), by=picker)
    order.refresh_from_db()
    assert order.state == "picked"
    assert on_hand(sku, "packing") == 4


def test_two_short_stops_at_one_bin_write_it_off_once(node, picker):
    member = make_member()
    sku, place = make_sku(member), shelf_bins(node)[0]
    for quantity in (2, 3):
        make_allocated_order(member, node, {sku: quantity}, bin=place)
    make_stock(sku, place, 1)
    release_wave(node=node, by=None)
    batch = claim_batch(node=node, picker=picker)
    results = [PickResult(t.pk, 1) for t in batch.tasks.all()]
    confirm_picks(batch=batch, results=results, by=picker)
    stock = Stock.objects.get(sku=sku, bin=place)
    assert (stock.on_hand, stock.allocated) == (0, 0)
    assert CountTask.objects.count() == 1
