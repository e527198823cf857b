from __future__ import annotations

from importlib import import_module

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from coop.kernel import clock
from coop.models import Cart
from fulfillment.models import Activity, Allocation, Batch, CountTask, Order, PickTask, Stock, StockMove, Wave
from fulfillment.orders.services import allocate_orders, cancel_order
from fulfillment.picking.errors import (
    CartTaken,
    NotInThisBatch,
    NotYourBatch,
    NotYoursToGiveBack,
    PickedOtherwise,
    PickedTooMuch,
    WalkingElsewhere,
)
from fulfillment.picking.reads import stop_counts
from fulfillment.picking.services import (
    PickResult,
    claim_batch,
    confirm_picks,
    queue_of,
    release_batch,
    release_wave,
)
from tests.world import (
    make_allocated_order,
    make_member,
    make_node,
    make_sku,
    make_staff,
    make_stock,
    make_user,
    shelf_bins,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def picker(node):
    user = make_user()
    make_staff(user, "picker", node)
    return user


def walk_of(node, picker, *quantities, member=None):
    """One batch that this picker walks, an order of one line for each quantity."""
    member = member or make_member()
    for quantity in quantities or (1,):
        make_allocated_order(member, node, {make_sku(member): quantity})
    release_wave(node=node, by=None)
    return claim_batch(node=node, picker=picker)


def full(*tasks):
    return [PickResult(t.pk, t.quantity) for t in tasks]


def on_hand(sku, kind):
    return sum(s.on_hand for s in Stock.objects.filter(sku=sku, bin__kind=kind))


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


# short picks -------------------------------------------------------------------


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


# cancelled under way --------------------------------------------------------------


def test_a_walk_passes_the_stops_of_a_cancelled_order_by(node, picker):
    batch = walk_of(node, picker, 1, 2)
    first, last = batch.tasks.order_by("sequence")
    cancel_order(order=last.order, by=None)
    confirmed = confirm_picks(batch=batch, results=full(first), by=picker)
    assert confirmed.wave_done
    last.refresh_from_db()
    assert (last.state, last.quantity_picked, last.picked_by) == ("passed", 0, None)
    assert last.picked_at is not None
    assert not CountTask.objects.exists()
    assert not StockMove.objects.filter(reason="short").exists()


def test_goods_of_an_order_cancelled_in_the_same_moment_stay_where_they_lay(node, picker):
    batch = walk_of(node, picker, 2)
    task = batch.tasks.get()
    cancel_order(order=task.order, by=None)
    confirmed = confirm_picks(batch=batch, results=full(task), by=picker)
    assert confirmed.cancelled == [task.pk]
    assert confirmed.picked == []
    assert confirmed.batch_done
    assert on_hand(task.sku, "shelf") == 2
    assert not Activity.objects.filter(kind="pick").exists()
    assert confirm_picks(batch=batch, results=full(task), by=picker).cancelled == [task.pk]


@pytest.mark.parametrize("lie", [{"quantity_picked": 1}, {"picked_at": None}, {"picked_by": "picker"}])
def test_a_stop_passed_by_is_one_at_which_nobody_stood(node, picker, lie):
    batch = walk_of(node, picker, 2)
    cancel_order(order=batch.tasks.get().order, by=None)
    assert claim_batch(node=node, picker=picker) is None
    assert batch.tasks.get().state == "passed"
    if "picked_by" in lie:
        lie = {"picked_by": picker}
    with pytest.raises(IntegrityError, match="pick_task_state_true"):
        batch.tasks.update(**lie)


def test_stops_passed_by_count_neither_as_stops_nor_as_short(node, picker):
    batch = walk_of(node, picker, 1, 2, 3, 4)
    found, missing, gone, _open = batch.tasks.order_by("sequence")
    cancel_order(order=gone.order, by=None)
    confirm_picks(batch=batch, results=[*full(found), PickResult(missing.pk, 0)], by=picker)
    counts = {"stops": 3, "done": 2, "short": 1, "passed": 1}
    assert batch.tasks.aggregate(**stop_counts()) == counts
    annotated = Wave.objects.annotate(**stop_counts("batches__tasks")).get()
    assert {name: getattr(annotated, name) for name in counts} == counts


def test_a_cart_with_nothing_on_it_is_free_again_when_its_walk_is_given_back(node, picker):
    cart = Cart.objects.create(node=node, code="C1", totes=4)
    batch = walk_of(node, picker, 1, 1, 1)
    gone, missing, _open = batch.tasks.order_by("sequence")
    assert batch.cart == cart
    cancel_order(order=gone.order, by=None)
    confirm_picks(batch=batch, results=[PickResult(missing.pk, 0)], by=picker)
    assert release_batch(batch=batch, by=picker).cart is None


def test_old_stops_passed_by_are_told_from_old_shorts(node, picker):
    batch = walk_of(node, picker, 1, 2)
    missing, gone = batch.tasks.order_by("sequence")
    confirm_picks(batch=batch, results=[PickResult(missing.pk, 0)], by=None)
    for order in (missing.order, gone.order):
        cancel_order(order=order, by=None)
    batch.tasks.filter(pk=gone.pk).update(state="short", picked_at=clock.now())
    migration = import_module("fulfillment.migrations.0012_stops_passed_by_are_not_short")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE fulfillment_picktask SET picked_by_id = NULL")
        cursor.execute(migration.PASSED)
    assert list(batch.tasks.order_by("sequence").values_list("state", flat=True)) == ["short", "passed"]
    with connection.cursor() as cursor:
        cursor.execute(migration.SHORT)
    assert not batch.tasks.exclude(state="short").exists()


def test_nobody_is_sent_on_a_walk_that_is_all_cancelled(node, picker):
    order = make_allocated_order(make_member(), node)
    release_wave(node=node, by=None)
    cancel_order(order=order, by=None)
    assert claim_batch(node=node, picker=picker) is None
    assert (Batch.objects.get().state, Wave.objects.get().state) == ("done", "done")


# giving back ---------------------------------------------------------------------


def test_a_walk_given_back_is_taken_on_by_another_with_its_cart(node, picker):
    cart = Cart.objects.create(node=node, code="C1", totes=4)
    batch = walk_of(node, picker, 1, 1)
    first = batch.tasks.order_by("sequence")[0]
    confirm_picks(batch=batch, results=full(first), by=picker)
    release_batch(batch=batch, by=picker)
    other = make_user()
    taken = claim_batch(node=node, picker=other)
    assert (taken.pk, taken.cart) == (batch.pk, cart)
    with pytest.raises(NotYourBatch):
        confirm_picks(batch=taken, results=full(*batch.tasks.filter(state="open")), by=picker)
    confirm_picks(batch=taken, results=full(*batch.tasks.filter(state="open")), by=other)
    assert Activity.objects.filter(kind="pick").count() == 2


def test_given_back_twice_changes_nothing_for_who_took_it_on(node, picker):
    batch = walk_of(node, picker, 1)
    release_batch(batch=batch, by=picker)
    release_batch(batch=batch, by=picker)
    batch.refresh_from_db()
    assert (batch.state, batch.picker, batch.cart) == ("open", None, None)


def test_an_operator_may_give_back_what_somebody_left(node, picker):
    batch = walk_of(node, picker, 1)
    boss = make_user()
    make_staff(boss, "operator", node)
    assert release_batch(batch=batch, by=boss).state == "open"


def test_others_may_not_give_it_back(node, picker):
    batch = walk_of(node, picker, 1)
    with pytest.raises(NotYoursToGiveBack):
        release_batch(batch=batch, by=make_user())
    batch.refresh_from_db()
    assert batch.picker == picker
