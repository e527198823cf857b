"""Many hands at one queue. Each lock has its pair: the race happens without it, and does not with it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from coop.kernel.errors import DomainError
from coop.models import Cart
from coop.runtime.audit import proofs
from fulfillment.models import Activity, Batch, Order, PickTask, Shipment, StockMove, Wave
from fulfillment.packing.services import pack, ship, start_packing
from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave
from tests.world import (
    make_allocated_order,
    make_carton,
    make_member,
    make_node,
    make_order,
    make_picked_order,
    make_sku,
    make_stock,
    make_user,
    shelf_bins,
)

pytestmark = pytest.mark.usefixtures("fresh_db")
HANDS = 8


@pytest.fixture(autouse=True)
def _unblocked(fresh_db, django_db_blocker):
    with django_db_blocker.unblock():
        yield
        connection.close()


def together(act: Callable[[int], object], hands: int = HANDS) -> list[object]:
    """Run `act(hand)` in threads that start in the same moment; a refusal counts as an answer."""
    ready = threading.Barrier(hands)

    def run(hand: int) -> object:
        try:
            ready.wait(timeout=20)
            return act(hand)
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(run, range(hands)))


def audit_says(room: str) -> list[str]:
    return [words for proof in proofs() if proof.room == room for words in proof.check()]


def many_orders(node, count):
    """One SKU, many orders of one piece: everybody wants the same stock row."""
    member = make_member()
    sku = make_sku(member)
    make_stock(sku, shelf_bins(node)[0], count)
    for _ in range(count):
        make_order(member, {sku.code: 1}, allocate=False)
    from fulfillment.orders.services import allocate_orders

    allocate_orders(limit=count)
    return sku


def open_batches(node, count):
    """Batches of one order each."""
    Cart.objects.create(node=node, code="ONE", totes=1)
    many_orders(node, count)
    release_wave(node=node, by=None)
    assert Batch.objects.filter(state="open").count() == count


def give_up_when_dry(claim: Callable[[], Batch | None]) -> list[Batch]:
    taken = []
    while (batch := claim()) is not None:
        taken.append(batch)
    return taken


def finish(batch: Batch) -> None:
    """Done without the picks, so that the picker can take the next one: this test is about claiming."""
    Batch.objects.filter(pk=batch.pk).update(state="done")


def test_eight_pickers_claim_two_hundred_batches_each_once():
    node = make_node()
    open_batches(node, 200)
    pickers = [make_user() for _ in range(HANDS)]

    def claim_all(hand: int) -> list[Batch]:
        def next_one() -> Batch | None:
            batch = claim_batch(node=node, picker=pickers[hand])
            if batch is not None:
                finish(batch)
            return batch

        return give_up_when_dry(next_one)

    hauls = together(claim_all)
    times = Counter(batch.pk for haul in hauls for batch in haul)
    assert len(times) == 200
    assert set(times.values()) == {1}


def test_without_the_lock_two_pickers_get_the_same_batch():
    """The negative control: look, then take, as one would write it without SKIP LOCKED."""
    node = make_node()
    open_batches(node, 1)
    looked = threading.Barrier(2)

    def look_then_take(hand: int) -> object:
        with transaction.atomic():
            batch = Batch.objects.filter(node=node, state="open").order_by("position").first()
            looked.wait(timeout=20)
            batch.state, batch.picker = "walking", pickers[hand]
            batch.save(update_fields=["state", "picker"])
        return batch.pk

    pickers = [make_user(), make_user()]
    first, second = together(look_then_take, hands=2)
    assert first == second


def test_a_double_tap_claims_one_batch():
    node = make_node()
    open_batches(node, 8)
    picker = make_user()
    answers = together(lambda hand: claim_batch(node=node, picker=picker).pk)
    assert len(set(answers)) == 1
    assert Batch.objects.filter(state="walking").count() == 1


def test_two_confirmations_of_one_stop_are_one_act():
    node = make_node()
    picker = make_user()
    make_allocated_order(make_member(), node)
    release_wave(node=node, by=None)
    batch = claim_batch(node=node, picker=picker)
    task = batch.tasks.get()
    answers = together(lambda hand: confirm_picks(batch=batch, results=[PickResult(task.pk, 1)], by=picker))
    assert sorted(len(a.picked) for a in answers) == [0] * (HANDS - 1) + [1]
    assert Activity.objects.filter(kind="pick").count() == 1
    assert StockMove.objects.filter(reason="picked").count() == 1


def test_pickers_of_one_wave_finish_it_together():
    """All batches end in the same moment, on the same stock row: every pick counts, and the wave is seen to be done."""
    node = make_node()
    open_batches(node, HANDS)
    pickers = [make_user() for _ in range(HANDS)]
    batches = [claim_batch(node=node, picker=p) for p in pickers]

    def pick(hand: int) -> object:
        task = batches[hand].tasks.get()
        return confirm_picks(batch=batches[hand], results=[PickResult(task.pk, 1)], by=pickers[hand])

    answers = together(pick)
    assert [a for a in answers if isinstance(a, DomainError)] == []
    assert sum(a.wave_done for a in answers) == 1
    assert Wave.objects.get().state == "done"
    assert Activity.objects.filter(kind="pick").count() == HANDS
    assert audit_says("fulfillment.picking") == []


def test_two_operators_share_the_queue_and_no_order_is_in_two_waves():
    node = make_node()
    many_orders(node, 40)
    answers = together(lambda hand: release_wave(node=node, by=None, max_orders=10), hands=4)
    waves = [a for a in answers if isinstance(a, Wave)]
    assert waves
    assert sorted(w.number for w in waves) == list(range(1, len(waves) + 1))
    orders = list(PickTask.objects.values_list("order_id", flat=True))
    assert len(orders) == len(set(orders))
    # What one release passed over because another was just taking it is still there for the next.
    while Order.objects.filter(state="allocated").exists():
        release_wave(node=node, by=None)
    assert PickTask.objects.count() == 40


def test_a_parcel_that_two_hands_begin_pack_and_ship_is_one_parcel():
    node, carton = make_node(), make_carton()
    packer = make_user()
    order = make_picked_order(make_member(), node, packer)

    def all_of_it(hand: int) -> object:
        shipment = start_packing(order=order, node=node, by=packer)
        pack(shipment=shipment, carton=carton, weight_g=520, by=packer)
        return ship(shipments=[shipment], carrier="DHL", by=packer)

    together(all_of_it)
    assert Shipment.objects.get().state == "shipped"
    assert StockMove.objects.filter(reason="shipped").count() == 1
    assert Activity.objects.filter(kind="ship").count() == 1
    assert audit_says("fulfillment.packing") == []
