"""Two allocators at once never promise the same piece. The same race without the locks does: the control."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from coop.kernel import clock
from coop.kernel.errors import DomainError
from fulfillment.inventory.errors import NotEnoughStock
from fulfillment.models import Allocation, Order, Stock
from fulfillment.orders.services import (
    LineInput,
    OrderInput,
    allocate_orders,
    cancel_order,
    note_waved,
    take_orders,
)
from fulfillment.orders.services import allocating as module
from tests import world
from tests.fulfillment.test_orders import audit

WORKERS = 6


@pytest.fixture
def scene(committed):
    """60 orders of one piece each for 40 pieces in 4 bins."""
    member, node = world.make_member(), world.make_node(bins=4)
    mug = world.make_sku(member, code="MUG")
    for bin_ in world.shelf_bins(node):
        world.make_stock(mug, bin_, 10)
    ids = [world.make_order(member, {"MUG": 1}, allocate=False).pk for _ in range(60)]
    return member, ids


@pytest.fixture
def committed(fresh_db, django_db_blocker):
    with django_db_blocker.unblock():
        yield


def together(*works: Callable[[], object]) -> list[BaseException]:
    """Run the works in threads that start at once; returns what they raised."""
    gate, errors = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            gate.wait(timeout=20)
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return errors


def test_an_order_is_in_though_its_stock_is_being_promised_by_somebody_else(scene):
    member, _ = scene

    def place() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 50")
        told = OrderInput(
            number="#late",
            placed_at=clock.now(),
            buyer_name="Ada Lovelace",
            street="Weserstraße 7",
            postcode="12047",
            city="Berlin",
            country="DE",
            lines=[LineInput(sku="MUG", quantity=1)],
        )
        take_orders(member=member, kind="api", name="API", orders=[told], by=None)

    with transaction.atomic():
        assert len(Stock.objects.select_for_update()) == 4
        assert together(place) == []
    late = Order.objects.get(number="#late")
    assert (late.state, late.allocations.count()) == ("waiting", 0)
    allocate_orders()
    assert not audit()


def test_allocators_at_once_promise_each_piece_once(scene):
    _, ids = scene
    # Each gets its own orders, so that only the lock on the stock stands between them.
    works = [lambda part=ids[n::WORKERS]: allocate_orders(order_ids=part) for n in range(WORKERS)]
    assert together(*works) == []
    assert sum(Stock.objects.values_list("allocated", flat=True)) == 40
    assert Allocation.objects.count() == 40
    assert Order.objects.filter(state="allocated").count() == 40
    assert audit() == []


def test_allocators_of_the_same_orders_at_once_promise_each_order_once(scene):
    assert together(*[allocate_orders] * WORKERS) == []
    assert Allocation.objects.values("order").distinct().count() == Allocation.objects.count() == 40
    assert audit() == []


def test_without_the_lock_on_stock_the_same_race_promises_too_much(scene, monkeypatch):
    """Negative control: read without a lock, everybody decides on the same free pieces; only the CHECK is left to say no."""
    _, ids = scene
    read = threading.Barrier(WORKERS)

    def unlocked(rows):
        found = list(rows.order_by("pk"))
        if rows.model is Stock:
            read.wait(timeout=20)
        return found

    monkeypatch.setattr(module, "lock_rows", unlocked)
    # Elders are left out, so that each worker decides on its own orders alone.
    monkeypatch.setattr(module, "_with_elders", lambda order_ids, limit: [(pk, None) for pk in order_ids])
    errors = together(*[lambda part=ids[n::WORKERS]: allocate_orders(order_ids=part) for n in range(WORKERS)])
    assert errors
    assert all(isinstance(error, NotEnoughStock) for error in errors)
    assert Allocation.objects.count() < 40


def test_a_cancel_and_a_wave_at_once_agree(scene):
    allocate_orders()
    orders = list(Order.objects.filter(state="allocated")[:10])
    for order in orders:
        allocation = order.allocations.get()
        errors = together(
            lambda order=order: cancel_order(order=order, by=None),
            lambda allocation=allocation: note_waved(allocation_ids=[allocation.pk]),
        )
        assert all(isinstance(error, DomainError) for error in errors)
        order.refresh_from_db()
        assert order.state == "cancelled"
    assert audit() == []


def test_placing_the_same_number_at_once_makes_one_order(scene):
    from fulfillment.orders.services import open_channel, place_orders

    member, _ = scene
    shop = open_channel(member=member, kind="api", name="API")
    told = world.order_input({"MUG": 1}, number="#same")
    results = []
    errors = together(*[lambda: results.append(place_orders(channel=shop, orders=[told]))] * WORKERS)
    assert errors == []
    assert Order.objects.filter(number="#same").count() == 1
    assert sorted(len(placed.created) for placed in results) == [0] * (WORKERS - 1) + [1]
    assert all(placed.known == ["#same"] and placed.changed == [] for placed in results if not placed.created)
