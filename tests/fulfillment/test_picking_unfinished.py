"""Orders cancelled while somebody walks for them, and walks that are given back."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import IntegrityError, connection

from coop.kernel import clock
from coop.models import Cart
from fulfillment.models import Activity, Batch, CountTask, StockMove, Wave
from fulfillment.orders.services import cancel_order
from fulfillment.picking.errors import (
    NotYourBatch,
    NotYoursToGiveBack,
)
from fulfillment.picking.reads import stop_counts
from fulfillment.picking.services import (
    PickResult,
    claim_batch,
    confirm_picks,
    release_batch,
    release_wave,
)
from tests.fulfillment.picking_kit import full, on_hand, walk_of
from tests.world import (
    make_allocated_order,
    make_member,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


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
    counts = {"stops": 3, "done": 2, "picked": 1, "short": 1, "passed": 1}
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
