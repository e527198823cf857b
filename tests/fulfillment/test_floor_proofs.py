from __future__ import annotations

import pytest
from django.db import connection

from coop.catalog.services import StepInput, save_packing_spec
from coop.runtime.audit import proofs
from fulfillment.orders.services import cancel_order
from fulfillment.packing.services import pack_and_ship, start_packing
from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave
from tests.world import (
    make_allocated_order,
    make_carton,
    make_picked_order,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def packer():
    return make_user()


def spec_of(member, *steps):
    return save_packing_spec(
        member=member,
        name="Standard",
        steps=[StepInput(words, "wrap", must) for words, must in steps],
        is_default=True,
        by=None,
    )


def on_bench(member, node, packer):
    return start_packing(order=make_picked_order(member, node, packer), node=node, by=packer)


def audit_says():
    rooms = {"fulfillment.picking", "fulfillment.packing"}
    return [words for proof in proofs() if proof.room in rooms for words in proof.check()]


def test_the_books_of_the_floor_are_silent_when_all_is_well(node, packer, member):
    spec_of(member, ("Check the glaze", True), ("check the  GLAZE", True))
    make_carton()
    orders = [make_picked_order(member, node, packer) for _ in range(2)]
    pack_and_ship(node=node, orders=orders, by=packer, carrier="DHL")
    on_bench(member, node, packer)
    make_allocated_order(member, node)
    walk_with_one_short_and_one_passed_by(member, node, packer)
    assert audit_says() == []


def walk_with_one_short_and_one_passed_by(member, node, picker):
    for _ in range(2):
        make_allocated_order(member, node)
    release_wave(node=node, by=None)
    walk = claim_batch(node=node, picker=picker)
    gone, *others = walk.tasks.order_by("sequence")
    cancel_order(order=gone.order, by=None)
    confirm_picks(batch=walk, results=[PickResult(task.pk, 0) for task in others], by=picker)
    assert set(walk.tasks.values_list("state", flat=True)) == {"passed", "short"}


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (
            "SET state = 'short' WHERE state = 'passed'",
            "is short with 1 missing, the ledger of goods wrote 0 off",
        ),
        (
            "SET state = 'passed', picked_by_id = NULL WHERE state = 'short'",
            "is passed with 1 missing, the ledger of goods wrote 1 off",
        ),
        (
            "SET state = 'passed', picked_by_id = NULL WHERE state = 'short'",
            "is passed with 0, its allocation freed",
        ),
    ],
)
def test_the_books_of_the_floor_tell_shorts_from_stops_passed_by(node, packer, member, lie, words):
    walk_with_one_short_and_one_passed_by(member, node, packer)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE fulfillment_picktask {lie}")
    assert any(words in sentence for sentence in audit_says())


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ("UPDATE fulfillment_picktask SET quantity = 5, quantity_picked = 5", "the record of work says 1"),
        ("UPDATE fulfillment_allocation SET state = 'picked'", "1 allocated and picked"),
        ("UPDATE fulfillment_shipment SET own_box = true", "the record of work has carton, pack, ship"),
        ("UPDATE fulfillment_shipmentitem SET quantity = 2", "2 in the parcel, 1 left the stock"),
        ("UPDATE fulfillment_batch SET state = 'walking'", "walking with 0 open stops"),
        ("DELETE FROM fulfillment_stepconfirmation", "without the step “Check the glaze”"),
    ],
)
def test_the_books_of_the_floor_find_a_lie(node, packer, member, lie, words):
    spec_of(member, ("Check the glaze", True))
    make_carton()
    pack_and_ship(node=node, orders=[make_picked_order(member, node, packer)], by=packer, carrier="DHL")
    with connection.cursor() as cursor:
        cursor.execute(lie)
    assert any(words in sentence for sentence in audit_says())
