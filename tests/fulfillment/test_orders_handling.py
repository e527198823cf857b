from __future__ import annotations

import pytest

from coop.kernel import clock
from coop.kernel.ids import uuid7
from fulfillment.inventory.services import Move, move_stock
from fulfillment.models import Allocation, Order, OrderLine, Stock
from fulfillment.orders import states
from fulfillment.orders.errors import (
    AllocationMoved,
    AlreadyCancelled,
    NotAtPacking,
    PickedTooMuch,
    TooLateToCancel,
)
from fulfillment.orders.services import (
    PickedPart,
    allocate_orders,
    cancel_order,
    note_picked,
    note_shipped,
    note_waved,
)
from tests import world
from tests.fulfillment.test_orders import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug(member):
    return world.make_sku(member, code="MUG")


@pytest.fixture
def order(member, node, mug):
    world.make_stock(mug, world.shelf_bins(node)[0], 9)
    return world.make_order(member, {"MUG": 5})


def only(order: Order) -> Allocation:
    return order.allocations.live().get()


def wave(order: Order) -> Allocation:
    note_waved(allocation_ids=[a.pk for a in order.allocations.filter(state="queued")])
    return only(order)


def carry(allocation: Allocation, quantity: int, reason: str = "picked") -> None:
    """What the picking room does before it tells: pieces to the packing bin, or, when missing, out of the books."""
    to = allocation.node.bins.get(kind="packing") if reason == "picked" else None
    move_stock(
        moves=[
            Move(
                sku_id=allocation.sku_id,
                member_id=allocation.member_id,
                node_id=allocation.node_id,
                quantity=quantity,
                reason=reason,
                source_type="test",
                source_id=uuid7(),
                from_bin_id=allocation.bin_id,
                to_bin_id=to.pk if to else None,
                promised=True,
            )
        ]
    )


def ship(allocation: Allocation) -> None:
    move_stock(
        moves=[
            Move(
                sku_id=allocation.sku_id,
                member_id=allocation.member_id,
                node_id=allocation.node_id,
                quantity=allocation.quantity,
                reason="shipped",
                source_type="test",
                source_id=uuid7(),
                from_bin_id=allocation.stock.bin_id,
                promised=True,
            )
        ]
    )
    note_shipped(allocation_ids=[allocation.pk])


def state(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def test_walks_from_the_queue_to_the_street(order, node):
    assert state(order) == "allocated"
    allocation = wave(order)
    assert state(order) == "picking"
    assert not Allocation.objects.filter(node=node, state="queued").exists()
    carry(allocation, 5)
    note_picked(picks=[PickedPart(allocation.pk, 5)])
    allocation = only(order)
    assert (state(order), allocation.stock.bin.kind) == ("picked", "packing")
    assert audit() == []
    ship(allocation)
    order.refresh_from_db()
    assert order.state == "shipped"
    assert order.shipped_at is not None
    assert OrderLine.objects.get().quantity_shipped == 5
    assert audit() == []


def test_told_twice_counts_once(order):
    allocation = wave(order)
    carry(allocation, 5)
    for _ in range(2):
        note_picked(picks=[PickedPart(allocation.pk, 5)])
    ship(only(order))
    note_shipped(allocation_ids=[allocation.pk])
    note_picked(picks=[PickedPart(allocation.pk, 5)])
    assert OrderLine.objects.get().quantity_shipped == 5
    assert audit() == []


def test_a_short_pick_frees_the_rest_says_so_and_is_allocated_again(order, node, mug):
    allocation = wave(order)
    carry(allocation, 3)
    carry(allocation, 2, "short")
    note_picked(picks=[PickedPart(allocation.pk, 3)])
    line = OrderLine.objects.get()
    assert (state(order), line.quantity_allocated) == ("waiting", 3)
    assert line.shortage == f"2 missing at pick in bin {allocation.bin.code}"
    assert line.shortage_code == "pick_short"
    assert sorted(order.allocations.values_list("state", "quantity")) == [("freed", 2), ("picked", 3)]
    assert audit() == []
    world.make_stock(mug, world.shelf_bins(node)[1], 4)
    allocate_orders()
    line.refresh_from_db()
    assert (state(order), line.quantity_allocated, line.shortage) == ("picking", 5, "")
    assert audit() == []


def test_nothing_found_frees_the_whole_allocation(order):
    allocation = wave(order)
    carry(allocation, 5, "short")
    note_picked(picks=[PickedPart(allocation.pk, 0)])
    note_picked(picks=[PickedPart(allocation.pk, 0)])
    assert (state(order), order.allocations.get().state) == ("waiting", "freed")
    assert OrderLine.objects.get().quantity_allocated == 0
    assert audit() == []


def test_an_order_from_two_nodes_is_shipped_when_both_have_sent(member, node, mug):
    other = world.make_node()
    bowl = world.make_sku(member, code="BOWL")
    world.make_stock(mug, world.shelf_bins(node)[0], 1)
    world.make_stock(bowl, world.shelf_bins(other)[0], 1)
    order = world.make_order(member, {"MUG": 1, "BOWL": 1})
    note_waved(allocation_ids=[a.pk for a in order.allocations.all()])
    first, second = order.allocations.order_by("pk")
    for allocation in (first, second):
        carry(allocation, 1)
        note_picked(picks=[PickedPart(allocation.pk, 1)])
    first.refresh_from_db()
    ship(first)
    assert state(order) == "picked"
    second.refresh_from_db()
    ship(second)
    assert state(order) == "shipped"


@pytest.mark.parametrize("quantity", [6, 4])
def test_refuses_a_pick_that_cannot_be(order, quantity):
    allocation = wave(order)
    with pytest.raises(PickedTooMuch if quantity > 5 else NotAtPacking):
        note_picked(picks=[PickedPart(allocation.pk, quantity)])
    assert only(order).state == "waved"


def test_refuses_a_second_figure_for_the_same_pick(order):
    allocation = wave(order)
    carry(allocation, 5)
    note_picked(picks=[PickedPart(allocation.pk, 5)])
    with pytest.raises(AllocationMoved):
        note_picked(picks=[PickedPart(allocation.pk, 4)])
    assert only(order).quantity == 5


def test_refuses_what_is_out_of_turn(order):
    allocation = only(order)
    with pytest.raises(AllocationMoved):
        note_picked(picks=[PickedPart(allocation.pk, 5)])
    with pytest.raises(AllocationMoved):
        note_shipped(allocation_ids=[allocation.pk])
    wave(order)
    with pytest.raises(AllocationMoved):
        note_waved(allocation_ids=[allocation.pk])
    assert only(order).state == "waved"


@pytest.mark.parametrize("waved", [False, True])
def test_cancelling_frees_the_promise(order, waved):
    if waved:
        wave(order)
    cancel_order(order=order, by=None)
    order.refresh_from_db()
    assert order.state == "cancelled"
    assert order.cancelled_at is not None
    assert Stock.objects.get().allocated == 0
    assert OrderLine.objects.get().quantity_allocated == 0
    assert audit() == []
    with pytest.raises(AlreadyCancelled):
        cancel_order(order=order, by=None)


def test_refuses_to_cancel_what_is_picked(order):
    allocation = wave(order)
    carry(allocation, 5)
    note_picked(picks=[PickedPart(allocation.pk, 5)])
    with pytest.raises(TooLateToCancel):
        cancel_order(order=order, by=None)
    assert state(order) == "picked"
    assert only(order).state == "picked"
    assert audit() == []


def test_a_cancelled_order_is_not_allocated_again(order):
    cancel_order(order=order, by=None)
    assert allocate_orders(order_ids=[order.pk]).orders == 0
    assert state(order) == "cancelled"


def test_the_proofs_find_what_does_not_agree(order):
    """Negative control: each proof names the row that was bent behind the services' back."""
    assert audit() == []
    OrderLine.objects.update(quantity_allocated=4)
    assert any("the line says 4 allocated" in s for s in audit())
    assert any("make it waiting" in s for s in audit())
    OrderLine.objects.update(quantity_allocated=5)
    for wrong in ("waiting", "picking", "picked", "shipped"):
        Order.objects.update(state=wrong, shipped_at=clock.now() if wrong == "shipped" else None)
        assert [s for s in audit() if f"is {wrong}," in s and "make it allocated" in s]
    Order.objects.update(state="allocated", shipped_at=None)
    Stock.objects.update(allocated=1)
    assert any("1" in s and "5" in s for s in audit())


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("l.quantity_allocated < l.quantity - l.quantity_cancelled", "false", "allocated, but {} waiting"),
        ("a.state <> 'queued'", "a.state = 'picked'", "allocated, but {} picking"),
        ("bool_and(a.state IN ('picked', 'shipped'))", "false", "picking, but {} picked"),
    ],
)
def test_the_proofs_do_not_believe_the_rule_that_writes_the_state(right, wrong, found, order, monkeypatch):
    """Negative control: with a fault in the room's own rule, the states that it writes are found."""
    assert states.DERIVED_STATE.count(right) == 1
    monkeypatch.setattr(states, "DERIVED_STATE", states.DERIVED_STATE.replace(right, wrong))
    if found.endswith("waiting"):
        world.make_order(order.member, {"MUG": 5})
    else:
        allocation = wave(order)
    if found.endswith("picked"):
        carry(allocation, 5)
        note_picked(picks=[PickedPart(allocation.pk, 5)])
    assert [s for s in audit() if found.format("its lines and allocations make it") in s]
