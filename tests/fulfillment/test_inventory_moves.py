"""The one writer of goods: what moved is on record, and what is on record lies there."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections

from coop.kernel.ids import uuid7
from coop.models import Bin, Node, Sku
from fulfillment.inventory import proofs
from fulfillment.inventory.errors import NotEnoughStock
from fulfillment.inventory.models import Stock, StockMove
from fulfillment.inventory.services import Move, free_stock, move_stock, promise_stock
from fulfillment.orders.proofs import allocated_is_sum_of_allocations
from tests import world


@pytest.fixture
def node(db: None) -> Node:
    return world.make_node(bins=4)


@pytest.fixture
def sku(node: Node) -> Sku:
    return world.make_sku(world.make_member())


def a_move(sku: Sku, node: Node, quantity: int, **fields: Any) -> Move:
    defaults = {"reason": "adjusted", "source_type": "test", "source_id": uuid7()}
    return Move(
        sku_id=sku.pk, member_id=sku.member_id, node_id=node.pk, quantity=quantity, **{**defaults, **fields}
    )


def violations() -> list[str]:
    return [*proofs.stock_is_sum_of_moves(), *proofs.places_are_consistent()]


def test_goods_arrive_move_and_leave(node: Node, sku: Sku) -> None:
    a, b, *_ = world.shelf_bins(node)
    move_stock(moves=[a_move(sku, node, 10, to_bin_id=a.pk)])
    move_stock(
        moves=[a_move(sku, node, 6, from_bin_id=a.pk, to_bin_id=b.pk), a_move(sku, node, 1, from_bin_id=b.pk)]
    )
    assert dict(Stock.objects.values_list("bin__code", "on_hand")) == {a.code: 4, b.code: 5}
    assert violations() == []


def test_told_twice_moves_once(node: Node, sku: Sku) -> None:
    [a, *_] = world.shelf_bins(node)
    move = a_move(sku, node, 10, to_bin_id=a.pk)
    assert move_stock(moves=[move, move]) == {move.fact}
    assert move_stock(moves=[move]) == set()
    assert Stock.objects.get().on_hand == 10
    assert StockMove.objects.count() == 1


def test_a_batch_moves_as_a_whole_or_not_at_all(node: Node, sku: Sku) -> None:
    a, b, *_ = world.shelf_bins(node)
    world.make_stock(sku, a, 3)
    with pytest.raises(NotEnoughStock, match=f"Bin {a.code} has 3 free pieces of {sku.code}, not 4"):
        move_stock(moves=[a_move(sku, node, 5, to_bin_id=b.pk), a_move(sku, node, 4, from_bin_id=a.pk)])
    assert list(Stock.objects.values_list("bin__code", "on_hand")) == [(a.code, 3)]
    assert StockMove.objects.count() == 1


def test_promised_pieces_stay_where_they_are(node: Node, sku: Sku) -> None:
    [a, *_] = world.shelf_bins(node)
    stock = world.make_stock(sku, a, 3)
    promise_stock(promises=[(stock.pk, 2)])
    with pytest.raises(NotEnoughStock, match="1 free pieces"):
        move_stock(moves=[a_move(sku, node, 2, from_bin_id=a.pk)])
    stock.refresh_from_db()
    assert (stock.on_hand, stock.allocated) == (3, 2)


def test_a_promise_travels_with_its_pieces(node: Node, sku: Sku) -> None:
    a, b, *_ = world.shelf_bins(node)
    stock = world.make_stock(sku, a, 3)
    promise_stock(promises=[(stock.pk, 2)])
    move_stock(moves=[a_move(sku, node, 2, from_bin_id=a.pk, to_bin_id=b.pk, promised=True)])
    assert {s.bin_id: (s.on_hand, s.allocated) for s in Stock.objects.all()} == {a.pk: (1, 0), b.pk: (2, 2)}
    move_stock(moves=[a_move(sku, node, 2, from_bin_id=b.pk, promised=True, reason="shipped")])
    assert Stock.objects.get(bin=b).on_hand == 0
    assert violations() == []


def test_refuses_to_promise_more_than_is_free_and_keeps_the_rest(node: Node, sku: Sku) -> None:
    a, b, *_ = world.shelf_bins(node)
    first, second = world.make_stock(sku, a, 3), world.make_stock(sku, b, 1)
    with pytest.raises(NotEnoughStock, match=f"Bin {b.code} has 1 free"):
        promise_stock(promises=[(first.pk, 2), (second.pk, 1), (second.pk, 1)])
    assert set(Stock.objects.values_list("allocated", flat=True)) == {0}


def test_refuses_to_free_what_is_not_promised(node: Node, sku: Sku) -> None:
    stock = world.make_stock(sku, world.shelf_bins(node)[0], 3)
    promise_stock(promises=[(stock.pk, 1)])
    with pytest.raises(NotEnoughStock, match="1 promised"):
        free_stock(promises=[(stock.pk, 2)])
    free_stock(promises=[(stock.pk, 1)])
    stock.refresh_from_db()
    assert stock.allocated == 0


def test_a_thousand_moves_cost_as_many_queries_as_one(
    node: Node, sku: Sku, django_assert_num_queries: Any
) -> None:
    [a, *_] = world.shelf_bins(node)
    many = [world.make_sku(sku.member) for _ in range(40)]
    move_stock(moves=[a_move(sku, node, 1, to_bin_id=a.pk)])
    with django_assert_num_queries(6):
        move_stock(moves=[a_move(s, node, 1, to_bin_id=a.pk) for s in [sku]])
    # Two more: the missing places are made and found again.
    with django_assert_num_queries(8):
        move_stock(moves=[a_move(s, node, 25, to_bin_id=a.pk) for s in many])
    assert Stock.objects.count() == 41


def test_the_proof_finds_a_stock_row_that_was_changed_by_hand(node: Node, sku: Sku) -> None:
    [a, *_] = world.shelf_bins(node)
    stock = world.make_stock(sku, a, 3)
    Stock.objects.filter(pk=stock.pk).update(on_hand=4)
    assert violations() == [f"{sku.code} in {a.code}: 4 on hand, moves add up to 3"]
    Stock.objects.filter(pk=stock.pk).update(on_hand=3, allocated=1)
    assert list(allocated_is_sum_of_allocations()) == [
        f"{sku.code} in {a.code}: 1 allocated, open allocations add up to 0"
    ]


def in_threads(count: int, work: Any) -> list[Exception | None]:
    """Run `work(n)` in `count` threads at once, each with a connection of its own; what each raised."""
    gate = threading.Barrier(count)
    raised: list[Exception | None] = [None] * count

    def run(n: int) -> None:
        try:
            gate.wait(10)
            work(n)
        except Exception as error:
            raised[n] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_the_last_piece_is_promised_to_one_of_sixteen(fresh_db: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        node = world.make_node(bins=1)
        sku = world.make_sku(world.make_member())
        stock = world.make_stock(sku, world.shelf_bins(node)[0], 1)
        raised = in_threads(16, lambda n: promise_stock(promises=[(stock.pk, 1)]))
        stock.refresh_from_db()
        connection.close()
    assert [type(e) for e in raised].count(NotEnoughStock) == 15
    assert raised.count(None) == 1
    assert stock.allocated == 1


def test_two_tell_the_same_move_at_once_and_it_moves_once(fresh_db: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        node = world.make_node(bins=1)
        sku = world.make_sku(world.make_member())
        [shelf] = Bin.objects.filter(node=node, kind="shelf")
        move = a_move(sku, node, 5, to_bin_id=shelf.pk)
        raised = in_threads(8, lambda n: move_stock(moves=[move]))
        on_hand = Stock.objects.get().on_hand
        moves = StockMove.objects.count()
        connection.close()
    assert raised == [None] * 8
    assert (on_hand, moves) == (5, 1)
