"""Inbound: announced, counted in, put away; told twice is done once, and a refusal changes nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from coop.kernel import clock
from coop.kernel.errors import Conflict, Invalid
from coop.models import Bin, Node, Sku, User, Zone
from fulfillment.activity.models import Activity
from fulfillment.inventory import proofs
from fulfillment.inventory.errors import (
    AsnIsOver,
    CountBelowPromised,
    NotOnThisAsn,
    PutAwayTooMuch,
    WrongBin,
)
from fulfillment.inventory.models import Asn, AsnLine, CountTask, Receipt, Stock, StockMove
from fulfillment.inventory.services import (
    Place,
    Receiving,
    Stow,
    adjust_stock,
    announce_asn,
    cancel_asn,
    close_asn,
    open_count,
    promise_stock,
    put_away,
    receive,
    record_count,
)
from tests import world
from tests.fulfillment.test_inventory_moves import in_threads


@pytest.fixture
def node(db: None) -> Node:
    return world.make_node(bins=3)


@pytest.fixture
def sku(node: Node) -> Sku:
    return world.make_sku(world.make_member(), code="MUG-1")


@pytest.fixture
def worker(node: Node) -> User:
    user = world.make_user()
    world.make_staff(user, "picker", node)
    return user


def announce(sku: Sku, node: Node, quantity: int = 10) -> tuple[Asn, AsnLine]:
    asn = announce_asn(
        member=sku.member,
        node=node,
        expected_on=clock.today(node.timezone),
        lines=[(sku, quantity)],
        parcels=2,
    )
    return asn, asn.lines.get()


def violations() -> list[str]:
    return [
        *proofs.stock_is_sum_of_moves(),
        *proofs.inbound_is_sum_of_receipts(),
        *proofs.handling_is_recorded(),
    ]


def test_from_the_announcement_to_the_shelf(node: Node, sku: Sku, worker: User) -> None:
    asn, line = announce(sku, node)
    assert asn.number.startswith("IN-")
    received = receive(asn=asn, receipts=[Receiving(line.pk, 10)], by=worker)
    assert (received.new, received.over) == (1, [])
    shelf = world.shelf_bins(node)[0]
    assert put_away(asn=asn, stows=[Stow(line.pk, shelf.pk, 10)], by=worker) == 1
    close_asn(asn=asn, by=worker)
    assert {s.bin.kind: s.on_hand for s in Stock.objects.select_related("bin")} == {
        "receiving": 0,
        "shelf": 10,
    }
    assert list(Activity.objects.order_by("kind").values_list("kind", "quantity", "worker", "reference")) == [
        ("putaway", 1, worker.pk, asn.number),
        ("receive", 10, worker.pk, asn.number),
    ]
    assert violations() == []


def test_the_same_scan_twice_is_booked_once(node: Node, sku: Sku) -> None:
    asn, line = announce(sku, node)
    told = Receiving(line.pk, 4)
    receive(asn=asn, receipts=[told])
    assert receive(asn=asn, receipts=[told, told]).new == 0
    stow = Stow(line.pk, world.shelf_bins(node)[0].pk, 4)
    put_away(asn=asn, stows=[stow])
    assert put_away(asn=asn, stows=[stow]) == 0
    line.refresh_from_db()
    assert (line.quantity_received, line.quantity_put_away) == (4, 4)
    assert Activity.objects.count() == 2
    assert violations() == []


def test_over_delivery_is_received_and_told(node: Node, sku: Sku) -> None:
    asn, line = announce(sku, node, 10)
    received = receive(asn=asn, receipts=[Receiving(line.pk, 12)])
    assert [over.pk for over in received.over] == [line.pk]
    assert Stock.objects.get().on_hand == 12


def test_refuses_a_line_of_another_shipment(node: Node, sku: Sku) -> None:
    asn, _ = announce(sku, node)
    _, other = announce(world.make_sku(world.make_member()), node)
    with pytest.raises(NotOnThisAsn):
        receive(asn=asn, receipts=[Receiving(other.pk, 1)])
    assert not Receipt.objects.exists()
    assert not Stock.objects.exists()
    asn.refresh_from_db()
    assert asn.state == "announced"


def test_refuses_a_shelf_of_another_storage_class_and_names_one_that_fits(node: Node, sku: Sku) -> None:
    cold = Zone.objects.create(node=node, code="C", storage_class="cold")
    fridge = Bin.objects.create(node=node, zone=cold, code="C-01-1")
    asn, line = announce(sku, node)
    receive(asn=asn, receipts=[Receiving(line.pk, 10)])
    with pytest.raises(WrongBin, match=r"C-01-1 is cold; MUG-1 needs ambient\. Take A-01-1\."):
        put_away(asn=asn, stows=[Stow(line.pk, fridge.pk, 10)])
    line.refresh_from_db()
    assert line.quantity_put_away == 0
    assert not StockMove.objects.filter(reason="put_away").exists()


def test_refuses_a_bin_of_another_node_and_a_staging_bin(node: Node, sku: Sku) -> None:
    asn, line = announce(sku, node)
    receive(asn=asn, receipts=[Receiving(line.pk, 10)])
    elsewhere = world.shelf_bins(world.make_node(bins=1))[0]
    for wrong in (elsewhere, Bin.objects.get(node=node, kind="packing")):
        with pytest.raises(WrongBin):
            put_away(asn=asn, stows=[Stow(line.pk, wrong.pk, 1)])
    assert not StockMove.objects.filter(reason="put_away").exists()


def test_refuses_to_put_away_more_than_arrived(node: Node, sku: Sku) -> None:
    asn, line = announce(sku, node)
    receive(asn=asn, receipts=[Receiving(line.pk, 4)])
    shelf = world.shelf_bins(node)[0]
    with pytest.raises(PutAwayTooMuch, match="4 pieces of MUG-1 wait at the dock, not 5"):
        put_away(asn=asn, stows=[Stow(line.pk, shelf.pk, 5)])
    assert Stock.objects.get().on_hand == 4


def test_two_put_the_last_piece_away_at_once(fresh_db: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        node = world.make_node(bins=2)
        sku = world.make_sku(world.make_member())
        asn, line = announce(sku, node)
        receive(asn=asn, receipts=[Receiving(line.pk, 1)])
        shelves = world.shelf_bins(node)
        raised = in_threads(2, lambda n: put_away(asn=asn, stows=[Stow(line.pk, shelves[n].pk, 1)]))
        on_shelves = list(
            Stock.objects.filter(bin__kind="shelf", on_hand__gt=0).values_list("on_hand", flat=True)
        )
        found = violations()
        connection.close()
    assert sorted(type(e).__name__ for e in raised) == ["NoneType", "PutAwayTooMuch"]
    assert on_shelves == [1]
    assert found == []


def test_only_a_shipment_of_which_nothing_came_can_be_cancelled(node: Node, sku: Sku) -> None:
    asn, line = announce(sku, node)
    with pytest.raises(AsnIsOver):
        close_asn(asn=asn)
    receive(asn=asn, receipts=[Receiving(line.pk, 4)])
    with pytest.raises(AsnIsOver):
        cancel_asn(asn=asn)
    close_asn(asn=asn)
    with pytest.raises(AsnIsOver):
        receive(asn=asn, receipts=[Receiving(line.pk, 4)])
    # What lies at the dock still goes to its shelf.
    put_away(asn=asn, stows=[Stow(line.pk, world.shelf_bins(node)[0].pk, 4)])
    other, _ = announce(sku, node)
    assert cancel_asn(asn=other).state == "cancelled"
    assert Receipt.objects.count() == 1


def test_refuses_to_announce_nothing_the_past_or_foreign_goods(node: Node, sku: Sku) -> None:
    today = clock.today(node.timezone)
    foreign = world.make_sku(world.make_member())
    for day, lines in (
        (today, []),
        (today - dt.timedelta(days=1), [(sku, 1)]),
        (today, [(foreign, 1)]),
        (today, [(sku, 0)]),
    ):
        with pytest.raises(Invalid):
            announce_asn(member=sku.member, node=node, expected_on=day, lines=lines)
    assert not Asn.objects.exists()


def test_a_count_explains_its_difference(node: Node, sku: Sku, worker: User) -> None:
    stock = world.make_stock(sku, world.shelf_bins(node)[0], 10)
    assert open_count(places=[Place.of(stock), Place.of(stock)], reason="pick found less") == 1
    assert open_count(places=[Place.of(stock)], reason="again") == 0
    task = CountTask.objects.get()
    record_count(task=task, counted=8, by=worker)
    record_count(task=task, counted=8, by=worker)
    stock.refresh_from_db()
    assert stock.on_hand == 8
    move = StockMove.objects.get(source_type="count")
    assert (move.reason, move.quantity, move.from_bin_id, move.source_id) == (
        "adjusted",
        2,
        stock.bin_id,
        task.pk,
    )
    assert Activity.objects.filter(kind="count").count() == 1
    with pytest.raises(Conflict):
        record_count(task=task, counted=9, by=worker)
    assert violations() == []


def test_a_count_that_agrees_moves_nothing(node: Node, sku: Sku) -> None:
    stock = world.make_stock(sku, world.shelf_bins(node)[0], 10)
    open_count(places=[Place.of(stock)], reason="yearly")
    record_count(task=CountTask.objects.get(), counted=10)
    assert not StockMove.objects.filter(source_type="count").exists()


def test_refuses_a_count_below_what_is_promised(node: Node, sku: Sku) -> None:
    stock = world.make_stock(sku, world.shelf_bins(node)[0], 10)
    promise_stock(promises=[(stock.pk, 6)])
    with pytest.raises(CountBelowPromised, match="6 pieces of MUG-1"):
        adjust_stock(place=Place.of(stock), counted=5, reason="water")
    stock.refresh_from_db()
    assert stock.on_hand == 10
    assert not CountTask.objects.exists()


def test_an_adjustment_says_why(node: Node, sku: Sku) -> None:
    stock = world.make_stock(sku, world.shelf_bins(node)[0], 10)
    with pytest.raises(Invalid):
        adjust_stock(place=Place.of(stock), counted=7, reason=" ")
    task = adjust_stock(place=Place.of(stock), counted=7, reason="three broken in the fall")
    assert (task.state, task.reason) == ("done", "three broken in the fall")
    stock.refresh_from_db()
    assert stock.on_hand == 7
