from __future__ import annotations

from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coop.catalog.services import StepInput, save_packing_spec
from coop.models import PackingStep
from coop.runtime import outbox
from coop.runtime.models import OutboxMessage
from fulfillment.models import Activity, Allocation, Order, Shipment, ShipmentItem, Stock, StockMove
from fulfillment.packing import tasks  # noqa: F401 - the handler of the mails
from fulfillment.packing.bench.finding import orders_to_pack
from fulfillment.packing.bench.steps import steps_of
from fulfillment.packing.errors import (
    CarrierMissing,
    CartonTooWeak,
    NotAllPicked,
    NothingToPack,
    NotOneOfItsSteps,
    NotOnTheBench,
    NotPacked,
    SomebodyPacks,
    StepsMissing,
    WeightImpossible,
)
from fulfillment.packing.numbers import ALPHABET, as_scanned, parcel_number
from fulfillment.packing.services import (
    choose_carton,
    confirm_step,
    pack,
    pack_and_ship,
    ship,
    start_packing,
)
from tests.world import (
    make_allocated_order,
    make_carton,
    make_member,
    make_picked_order,
    make_sku,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.node(code="KRZ")]


def spec_of(member, *steps, name="Standard", default=True):
    """A spec whose steps are (instruction, must be confirmed)."""
    return save_packing_spec(
        member=member,
        name=name,
        steps=[StepInput(kind="wrap", instruction=words, must_confirm=must) for words, must in steps],
        is_default=default,
        by=None,
    )


def on_bench(member, node, packer, quantities=None, **fields):
    order = make_picked_order(member, node, packer, quantities, **fields)
    return start_packing(order=order, node=node, by=packer)


# what waits ------------------------------------------------------------------------


def test_an_order_waits_for_the_bench_once_all_its_goods_lie_in_their_tote(node, packer, member):
    make_allocated_order(member, node)
    assert not orders_to_pack(node).exists()
    order = make_picked_order(member, node, packer, {make_sku(member): 2, make_sku(member): 1})
    waiting = orders_to_pack(node).get(pk=order.pk)
    assert (waiting.pieces, waiting.missing) == (3, 0)


def test_what_is_on_a_bench_or_gone_does_not_wait(node, packer, member):
    shipment = on_bench(member, node, packer)
    assert not orders_to_pack(node).exists()
    pack(shipment=shipment, carton=make_carton(), weight_g=500, by=packer)
    assert not orders_to_pack(node).exists()


def test_the_list_says_what_a_parcel_would_go_without(node, packer, member):
    from fulfillment.picking.services import PickResult, claim_batch, confirm_picks, release_wave

    make_allocated_order(member, node, {make_sku(member): 3})
    release_wave(node=node, by=None)
    batch = claim_batch(node=node, picker=packer)
    confirm_picks(batch=batch, results=[PickResult(batch.tasks.get().pk, 1)], by=packer)
    assert [(o.pieces, o.missing) for o in orders_to_pack(node)] == [(1, 2)]


# on the bench -----------------------------------------------------------------------


def test_starts_a_parcel_with_what_was_picked(node, packer, member):
    order = make_picked_order(member, node, packer, {make_sku(member): 2})
    shipment = start_packing(order=order, node=node, by=packer)
    assert (shipment.state, shipment.packer, shipment.order) == ("packing", packer, order)
    item = shipment.items.get()
    assert (item.quantity, item.allocation.order_id) == (2, order.pk)


def test_the_number_is_the_node_and_eight_signs_of_the_id(node, packer, member):
    shipment = on_bench(member, node, packer)
    assert shipment.number == parcel_number("KRZ", shipment.pk)
    code, digits = shipment.number.split("-")
    assert (code, len(digits)) == ("KRZ", 8)
    assert set(digits) <= set(ALPHABET)


def test_a_number_read_out_wrong_is_understood():
    assert as_scanned(" krz-7oil3k9m ") == "KRZ-70113K9M"


def test_the_packers_own_parcel_comes_back_as_it_was(node, packer, member):
    shipment = on_bench(member, node, packer)
    assert start_packing(order=shipment.order, node=node, by=packer).pk == shipment.pk
    assert ShipmentItem.objects.count() == 1


def test_refuses_what_another_packer_has_on_the_bench(node, packer, member):
    shipment = on_bench(member, node, packer)
    other = make_user()
    with pytest.raises(SomebodyPacks):
        start_packing(order=shipment.order, node=node, by=other)
    shipment.refresh_from_db()
    assert shipment.packer == packer
    taken = start_packing(order=shipment.order, node=node, by=other, take_over=True)
    assert (taken.pk, taken.packer) == (shipment.pk, other)


def test_refuses_an_order_with_goods_still_on_a_shelf(node, packer, member):
    order = make_allocated_order(member, node)
    with pytest.raises(NotAllPicked):
        start_packing(order=order, node=node, by=packer)
    assert not Shipment.objects.exists()


def test_refuses_an_order_with_nothing_to_pack(node, packer, member):
    shipment = on_bench(member, node, packer)
    pack(shipment=shipment, carton=make_carton(), weight_g=500, by=packer)
    with pytest.raises(NothingToPack):
        start_packing(order=shipment.order, node=node, by=packer)
    assert Shipment.objects.count() == 1


# specs --------------------------------------------------------------------------------


def test_packs_by_the_spec_in_force_when_the_parcel_was_begun(node, packer, member):
    old = spec_of(member, ("Wrap in kraft paper", True))
    shipment = on_bench(member, node, packer)
    save_packing_spec(
        member=member,
        name="Standard",
        spec=old.spec,
        steps=[StepInput(kind="wrap", instruction="Wrap in wool", must_confirm=True)],
        is_default=True,
        by=None,
    )
    shipment.refresh_from_db()
    assert shipment.spec_version_id == old.pk
    [step] = steps_of([shipment])[shipment.pk]
    assert step.step.instruction == "Wrap in kraft paper"


def test_a_skus_own_spec_goes_before_the_members_default(node, packer, member):
    spec_of(member, ("Fold the shirt", False))
    own = spec_of(member, ("Wrap the glass", True), name="Glass", default=False)
    glass = make_sku(member, packing_spec=own.spec)
    shipment = on_bench(member, node, packer, {glass: 1})
    assert [s.step.instruction for s in steps_of([shipment])[shipment.pk]] == ["Wrap the glass"]


def test_several_specs_give_all_their_steps_in_order_and_each_once(node, packer, member):
    spec_of(member, ("Tissue first", True), ("Add the card", False))
    own = spec_of(member, ("Wrap the glass", True), ("add  the CARD", True), name="Glass", default=False)
    shipment = on_bench(
        member, node, packer, {make_sku(member): 1, make_sku(member, packing_spec=own.spec): 1}
    )
    steps = steps_of([shipment])[shipment.pk]
    assert [(s.number, s.step.instruction, s.must_confirm) for s in steps] == [
        (1, "Tissue first", True),
        (2, "Add the card", True),
        (3, "Wrap the glass", True),
    ]
    assert shipment.specs.count() == 2


def test_a_step_that_must_be_confirmed_holds_the_parcel(node, packer, member):
    spec_of(member, ("Check the glaze", True), ("Add the card", False))
    shipment = on_bench(member, node, packer)
    with pytest.raises(StepsMissing, match="Check the glaze"):
        pack(shipment=shipment, carton=make_carton(), weight_g=500, by=packer)
    shipment.refresh_from_db()
    assert shipment.state == "packing"
    assert not Activity.objects.filter(kind="pack").exists()
    confirm_step(shipment=shipment, step=PackingStep.objects.get(position=1), by=packer)
    assert pack(shipment=shipment, carton=make_carton(), weight_g=500, by=packer).state == "packed"


def test_a_step_is_confirmed_once(node, packer, member):
    spec_of(member, ("Check the glaze", True))
    shipment = on_bench(member, node, packer)
    step = PackingStep.objects.get()
    confirm_step(shipment=shipment, step=step, by=packer)
    confirm_step(shipment=shipment, step=step, by=packer)
    assert shipment.confirmations.count() == 1


def test_refuses_a_step_of_somebody_elses_spec(node, packer, member):
    spec_of(member, ("Check the glaze", True))
    spec_of(make_member(), ("Fold", True))
    shipment = on_bench(member, node, packer)
    with pytest.raises(NotOneOfItsSteps):
        confirm_step(shipment=shipment, step=PackingStep.objects.get(instruction="Fold"), by=packer)
    assert not shipment.confirmations.exists()


# cartons and weight -----------------------------------------------------------------------


def test_proposes_the_smallest_carton_that_takes_the_goods(node, packer, member):
    small = make_carton("S", length_mm=130, width_mm=110, height_mm=110)
    make_carton("L", length_mm=600, width_mm=400, height_mm=400)
    assert choose_carton(on_bench(member, node, packer)) == small


def test_proposes_the_goods_own_box_when_no_carton_takes_them(node, packer, member):
    make_carton()
    shipment = on_bench(member, node, packer, {make_sku(member, length_mm=1800): 1})
    assert choose_carton(shipment) is None
    packed = pack(shipment=shipment, carton=None, weight_g=500, by=packer)
    assert packed.own_box
    assert set(Activity.objects.filter(source_id=shipment.pk).values_list("kind", flat=True)) == {"pack"}


def test_packing_is_one_parcel_and_one_carton_of_work(node, packer, member):
    shipment = on_bench(member, node, packer, {make_sku(member, value_amount=Decimal("24.00")): 2})
    packed = pack(shipment=shipment, carton=make_carton(), weight_g=930, by=packer)
    packed.refresh_from_db()
    assert (packed.state, packed.weight_g, packed.carton.code) == ("packed", 930, "M")
    assert (packed.value_amount, packed.currency) == (Decimal("48.00"), "EUR")
    work = Activity.objects.filter(source_id=shipment.pk)
    assert {(a.kind, a.quantity, a.reference, a.worker) for a in work} == {
        ("pack", 1, shipment.order.number, packer),
        ("carton", 1, shipment.order.number, packer),
    }


def test_the_same_packing_told_twice_is_done_once(node, packer, member):
    shipment = on_bench(member, node, packer)
    for _ in range(2):
        pack(shipment=shipment, carton=make_carton(), weight_g=500, by=packer)
    assert Activity.objects.filter(kind="pack").count() == 1
    with pytest.raises(NotOnTheBench):
        pack(shipment=shipment, carton=make_carton(), weight_g=700, by=packer)
    shipment.refresh_from_db()
    assert shipment.weight_g == 500


def test_refuses_more_weight_than_the_carton_bears(node, packer, member):
    shipment = on_bench(member, node, packer)
    with pytest.raises(CartonTooWeak):
        pack(shipment=shipment, carton=make_carton(max_weight_g=1000, tare_g=100), weight_g=1101, by=packer)
    with pytest.raises(WeightImpossible):
        pack(shipment=shipment, carton=make_carton(), weight_g=0, by=packer)
    shipment.refresh_from_db()
    assert shipment.state == "packing"


def test_cold_goods_make_a_cold_parcel(node, packer, member):
    goods = {make_sku(member): 1, make_sku(member, storage_class="cold"): 1}
    shipment = on_bench(member, node, packer, goods)
    pack(shipment=shipment, carton=make_carton(), weight_g=900, by=packer)
    assert set(Activity.objects.filter(source_id=shipment.pk).values_list("storage_class", flat=True)) == {
        "cold"
    }


# out of the door ---------------------------------------------------------------------------


def packed_parcel(member, node, packer, **fields):
    shipment = on_bench(member, node, packer, **fields)
    return pack(shipment=shipment, carton=make_carton(), weight_g=500, by=packer)


def test_shipping_takes_the_goods_out_of_the_house(node, packer, member):
    shipment = packed_parcel(member, node, packer)
    [shipped] = ship(shipments=[shipment], carrier="DHL", by=packer, tracking={shipment.pk: "0034"})
    shipped.refresh_from_db()
    assert (shipped.state, shipped.carrier, shipped.tracking) == ("shipped", "DHL", "0034")
    item = shipment.items.get()
    move = StockMove.objects.get(reason="shipped")
    assert (move.source_id, move.quantity, move.to_bin) == (item.pk, 1, None)
    assert sum(Stock.objects.values_list("on_hand", flat=True)) == 0
    assert sum(Stock.objects.values_list("allocated", flat=True)) == 0
    assert Activity.objects.get(kind="ship").source_id == shipment.pk
    assert Allocation.objects.get().state == "shipped"
    order = Order.objects.get()
    assert (order.state, order.lines.get().quantity_shipped) == ("shipped", 1)


def test_shipping_told_twice_ships_once(node, packer, member):
    shipment = packed_parcel(member, node, packer)
    ship(shipments=[shipment], carrier="DHL", by=packer)
    ship(shipments=[shipment], carrier="UPS", by=packer)
    shipment.refresh_from_db()
    assert shipment.carrier == "DHL"
    assert Activity.objects.filter(kind="ship").count() == 1


def test_one_parcel_that_is_not_packed_keeps_them_all_here(node, packer, member):
    packed, open_ = packed_parcel(member, node, packer), on_bench(member, node, packer)
    with pytest.raises(NotPacked):
        ship(shipments=[packed, open_], carrier="DHL", by=packer)
    with pytest.raises(CarrierMissing):
        ship(shipments=[packed], carrier="  ", by=packer)
    packed.refresh_from_db()
    assert packed.state == "packed"
    assert not StockMove.objects.filter(reason="shipped").exists()


def test_the_buyer_is_written_to_once_and_answers_go_to_the_member(node, packer, member):
    shipment = packed_parcel(member, node, packer, buyer_email="ada@example.com")
    ship(shipments=[shipment], carrier="DHL", by=packer, tracking={shipment.pk: "0034"})
    ship(shipments=[shipment], carrier="DHL", by=packer)
    assert OutboxMessage.objects.filter(topic="mail.shipped").count() == 1
    assert outbox.deliver_due(topic="mail.shipped") == 1
    [sent] = mail.outbox
    assert (sent.to, sent.reply_to) == (["ada@example.com"], [member.email])
    assert shipment.number in sent.body
    assert "0034" in sent.body
    assert "&#" not in sent.body


def test_without_an_address_nobody_is_written_to(node, packer, member):
    ship(shipments=[packed_parcel(member, node, packer)], carrier="DHL", by=packer)
    assert not OutboxMessage.objects.filter(topic="mail.shipped").exists()


# many at once --------------------------------------------------------------------------------


def test_many_parcels_go_by_the_same_rules_as_one(node, packer, member):
    spec_of(member, ("Check the glaze", True), ("Add the card", False))
    carton = make_carton()
    orders = [make_picked_order(member, node, packer) for _ in range(4)]
    shipments = pack_and_ship(node=node, orders=orders, by=packer, carrier="DHL")
    assert {s.state for s in Shipment.objects.all()} == {"shipped"}
    assert all(s.carton == carton and s.weight_g == 520 for s in Shipment.objects.all())
    assert all(s.confirmations.count() == 2 for s in shipments)
    kinds = list(Activity.objects.exclude(kind="pick").values_list("kind", flat=True))
    assert {k: kinds.count(k) for k in kinds} == {"pack": 4, "carton": 4, "ship": 4}
    assert set(Order.objects.values_list("state", flat=True)) == {"shipped"}


def test_one_that_is_not_picked_holds_them_all(node, packer, member):
    make_carton()
    orders = [make_picked_order(member, node, packer), make_allocated_order(member, node)]
    with pytest.raises(NotAllPicked):
        pack_and_ship(node=node, orders=orders, by=packer, carrier="DHL")
    assert not Shipment.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_parcels(
    node, packer, member, django_assert_num_queries
):
    spec_of(member, ("Check the glaze", True))
    make_carton()
    orders = [make_picked_order(member, node, packer) for _ in range(12)]
    with CaptureQueriesContext(connection) as one:
        pack_and_ship(node=node, orders=orders[:1], by=packer, carrier="DHL")
    with django_assert_num_queries(len(one)):
        pack_and_ship(node=node, orders=orders[1:], by=packer, carrier="DHL")
