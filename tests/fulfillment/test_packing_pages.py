from __future__ import annotations

import re

import pytest
from django.urls import reverse

from coop.catalog.services import StepInput, save_packing_spec
from coop.models import Cart, PackingStep
from fulfillment.models import Shipment
from fulfillment.packing.services import pack, ship, start_packing
from tests.world import (
    client_of,
    make_allocated_order,
    make_carton,
    make_member,
    make_node,
    make_picked_order,
    make_sku,
    make_staff,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.node(slug="kreuzberg", code="KRZ")]


@pytest.fixture
def owner():
    return make_user()


@pytest.fixture
def member(owner):
    return make_member(name="Tonhalle", owner=owner, thank_you="Drink slowly. Yours, Mira")


def url(name, node, **kwargs):
    return reverse(f"floor:{name}", kwargs={"node": node.slug, **kwargs})


def spec(member, *steps):
    return save_packing_spec(
        member=member,
        name="Glass",
        steps=[StepInput(s, "wrap", True) for s in steps],
        is_default=True,
        by=None,
    )


def packed(member, node, packer, **fields):
    order = make_picked_order(member, node, packer, **fields)
    shipment = start_packing(order=order, node=node, by=packer)
    return pack(shipment=shipment, carton=make_carton(), weight_g=520, by=packer)


def test_the_bench_finds_a_parcel_by_tote_order_and_label(node, packer, member):
    Cart.objects.create(node=node, code="C1", totes=4)
    order = make_picked_order(member, node, packer, number="#1001")
    client = client_of(packer)
    page = client.get(url("pack", node)).content.decode()
    assert "#1001" in page
    assert "C1-1" in page
    answer = client.post(url("pack-find", node), {"code": "c1-1"})
    shipment = Shipment.objects.get(order=order)
    bench = url("bench", node, shipment=shipment.pk)
    assert answer.headers["Location"] == bench
    for code in ("#1001", shipment.number, shipment.number.lower()):
        assert client.post(url("pack-find", node), {"code": code}).headers["Location"] == bench
    page = client.post(url("pack-find", node), {"code": "what"}).content.decode()
    assert "Nothing to pack under what" in page
    assert Shipment.objects.count() == 1


def test_two_members_with_one_number_are_told_apart(node, packer, member):
    make_picked_order(member, node, packer, number="#7")
    make_picked_order(make_member(name="Ben"), node, packer, number="#7")
    page = client_of(packer).post(url("pack-find", node), {"code": "#7"}).content.decode()
    assert "Which one?" in page
    assert "Ben" in page
    assert not Shipment.objects.exists()


def test_one_step_is_lit_and_the_scale_comes_after_the_last(node, packer, member):
    spec(member, "Wrap in kraft paper", "Add the card")
    make_carton()
    shipment = start_packing(order=make_picked_order(member, node, packer), node=node, by=packer)
    client = client_of(packer)
    bench = url("bench", node, shipment=shipment.pk)
    page = client.get(bench).content.decode()
    assert page.count('aria-current="step"') == 1
    assert "The scale comes after" in page
    assert "carton__piece" in page
    first, second = PackingStep.objects.order_by("position")
    client.post(url("bench-step", node, shipment=shipment.pk, step=first.pk))
    client.post(url("bench-step", node, shipment=shipment.pk, step=second.pk))
    page = client.get(bench).content.decode()
    assert page.count('data-state="done"') == 2
    assert "Close the parcel" in page


def test_closes_the_parcel_and_prints_its_papers(node, packer, member):
    carton = make_carton()
    shipment = start_packing(order=make_picked_order(member, node, packer), node=node, by=packer)
    client = client_of(packer)
    close = url("bench-close", node, shipment=shipment.pk)
    answer = client.post(close, {"carton": str(carton.pk), "weight_g": ""})
    assert answer.status_code == 422
    answer = client.post(close, {"carton": str(carton.pk), "weight_g": "99999"})
    assert answer.status_code == 422
    assert "bears" in answer.content.decode()
    client.post(close, {"carton": str(carton.pk), "weight_g": "530"})
    shipment.refresh_from_db()
    assert (shipment.state, shipment.weight_g) == ("packed", 530)
    page = client.get(url("parcel-papers", node, shipment=shipment.pk)).content.decode()
    assert shipment.number in page
    assert "Drink slowly" in page
    assert "style=" not in page
    page = client.get(url("parcel", node, shipment=shipment.pk)).content.decode()
    assert "Packed into Carton M" in page


@pytest.mark.parametrize(("country", "last_line"), [("DE", "12047 Berlin</div>"), ("PL", "POLAND</div>")])
def test_the_label_names_the_country_as_the_post_wants_it(node, packer, member, country, last_line):
    parcel = packed(member, node, packer, country=country)
    page = client_of(packer).get(url("parcel-papers", node, shipment=parcel.pk)).content.decode()
    assert last_line in page
    assert f"<br>{country}<" not in page


def test_hands_the_ticked_parcels_over_and_shows_the_manifest(node, packer, member):
    one, two = packed(member, node, packer), packed(member, node, packer)
    client = client_of(packer)
    answer = client.post(url("hand-over", node), {"carrier": "DHL", "ids": []})
    assert answer.status_code == 422
    answer = client.post(
        url("hand-over", node), {"carrier": "DHL", "ids": [str(one.pk), "rubbish"]}, follow=True
    )
    page = answer.content.decode()
    assert "DHL: 1 parcel" in page
    assert one.number in page
    assert set(Shipment.objects.values_list("number", "state")) == {
        (one.number, "shipped"),
        (two.number, "packed"),
    }


def test_the_list_is_narrowed_by_state_and_number(node, packer, member):
    shipment = packed(member, node, packer)
    client = client_of(packer)
    page = client.get(url("shipment-list", node)).content.decode()
    assert "1 parcel ready for the carrier" in page
    assert shipment.number in page
    assert shipment.number not in client.get(url("shipment-list", node) + "?state=shipped").content.decode()
    assert (
        shipment.number
        in client.get(url("shipment-list", node) + f"?q={shipment.number.lower()}").content.decode()
    )


def test_lists_ask_the_same_questions_however_long_they_are(node, packer, member, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(packer)
    names = ["pack", "shipment-list", "hand-over"]
    packed(member, node, packer)
    make_picked_order(member, node, packer)
    before = {}
    for name in names:
        client.get(url(name, node))
        with CaptureQueriesContext(connection) as asked:
            client.get(url(name, node))
        before[name] = len(asked)
    for _ in range(3):
        packed(member, node, packer)
        make_picked_order(member, node, packer)
    for name in names:
        with django_assert_num_queries(before[name]):
            client.get(url(name, node))


def test_a_parcel_of_another_node_is_not_there(node, packer, member):
    shipment = packed(member, node, packer)
    elsewhere, stranger = make_node(), make_user()
    make_staff(stranger, "operator", elsewhere)
    client = client_of(stranger)
    for name in ("parcel", "bench", "parcel-papers"):
        assert client.get(url(name, elsewhere, shipment=shipment.pk)).status_code == 404
        assert client.get(url(name, node, shipment=shipment.pk)).status_code == 404


# the member's side -----------------------------------------------------------------------


def test_the_member_sees_the_spec_version_her_parcel_was_packed_by(node, packer, member, owner):
    spec(member, "Wrap in kraft paper")
    order = make_picked_order(member, node, packer, {make_sku(member): 2})
    start_packing(order=order, node=node, by=packer)
    place = {"member": member.slug, "order": order.pk}
    page = client_of(owner).get(reverse("portal:order-parcels", kwargs=place)).content.decode()
    assert "Glass v1" in page
    assert "2 ×" in page
    parcel = Shipment.objects.get()
    answer = client_of(owner).get(
        reverse("portal:parcel", kwargs={"member": member.slug, "shipment": parcel.pk})
    )
    assert "Glass v1" in answer.content.decode()
    assert str(packer) not in answer.content.decode()


def test_the_member_sees_her_place_in_the_queue_and_nothing_of_the_others(node, member, owner):
    other = make_member(name="Someone Else")
    make_allocated_order(other, node)
    order = make_allocated_order(member, node)
    make_allocated_order(other, node)
    place = {"member": member.slug, "order": order.pk}
    page = client_of(owner).get(reverse("portal:order-parcels", kwargs=place)).content.decode()
    assert "place 2 of 3 orders" in page
    assert "Someone Else" not in page


def test_another_members_order_and_parcel_are_not_there(node, packer, member):
    shipment = packed(member, node, packer)
    stranger = make_user()
    other = make_member(owner=stranger)
    client = client_of(stranger)
    for slug in (member.slug, other.slug):
        for name, kwargs in (
            ("order-parcels", {"order": shipment.order_id}),
            ("parcel", {"shipment": shipment.pk}),
        ):
            address = reverse(f"portal:{name}", kwargs={"member": slug, **kwargs})
            assert client.get(address).status_code == 404


# handing over, when something is in the way -------------------------------------------------------


def ticks(answer):
    """Parcel number → whether its box is ticked."""
    page = answer.content.decode()
    boxes = re.findall(r'<input type="checkbox" data-row name="ids"[^>]*>', page)
    return {re.findall(r'aria-label="([^"]+)"', box)[0]: " checked" in box for box in boxes}


def test_a_refused_hand_over_keeps_the_ticks_as_they_were_sent(node, packer, member):
    one, two = packed(member, node, packer), packed(member, node, packer)
    client = client_of(packer)
    assert ticks(client.get(url("hand-over", node))) == {one.number: True, two.number: True}
    answer = client.post(url("hand-over", node), {"carrier": " ", "ids": [str(two.pk)]})
    assert answer.status_code == 422
    assert ticks(answer) == {one.number: False, two.number: True}
    answer = client.post(url("hand-over", node), {"carrier": "DHL"})
    assert answer.status_code == 422
    assert "Tick the parcels that the carrier takes." in answer.content.decode()
    assert ticks(answer) == {one.number: False, two.number: False}


def test_whoever_comes_second_is_told_which_parcels_had_left(node, packer, member):
    one, two = packed(member, node, packer), packed(member, node, packer)
    client = client_of(packer)
    ship(shipments=[one], carrier="DHL", by=packer)
    answer = client.post(url("hand-over", node), {"carrier": "UPS", "ids": [str(one.pk), str(two.pk)]})
    assert answer.status_code == 409
    assert f"Parcel {one.number} has been handed over already." in answer.content.decode()
    assert ticks(answer) == {two.number: True}
    assert set(Shipment.objects.values_list("number", "state", "carrier")) == {
        (one.number, "shipped", "DHL"),
        (two.number, "packed", ""),
    }
    ship(shipments=[two], carrier="DHL", by=packer)
    answer = client.post(url("hand-over", node), {"carrier": "UPS", "ids": [str(one.pk), str(two.pk)]})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "have been handed over already." in page
    assert one.number in page
    assert two.number in page
    assert "No packed parcel waits for a carrier." in page


# the bench ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", ["", "0", "99999"])
def test_a_refused_weight_keeps_what_was_scanned(node, packer, member, weight):
    carton = make_carton()
    whole, begun, unseen = (make_sku(member) for _ in range(3))
    order = make_picked_order(member, node, packer, quantities={whole: 2, begun: 3, unseen: 1})
    shipment = start_packing(order=order, node=node, by=packer)
    sent = {
        "carton": str(carton.pk),
        "weight_g": weight,
        "all_of": [str(whole.pk)],
        f"seen_{whole.pk}": "2",
        f"seen_{begun.pk}": "1",
        f"seen_{unseen.pk}": "nonsense",
    }
    client = client_of(packer)
    fresh = client.get(url("bench", node, shipment=shipment.pk)).content.decode()
    assert fresh.count("<b data-seen>0</b>") == 3
    answer = client.post(url("bench-close", node, shipment=shipment.pk), sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "<b data-seen>2</b> of 2" in page
    assert "<b data-seen>1</b> of 3" in page
    assert "<b data-seen>0</b> of 1" in page
    boxes = re.findall(r'<input type="checkbox" name="all_of" value="([^"]+)"([^>]*)>', page)
    assert {pk for pk, rest in boxes if "checked" in rest} == {str(whole.pk)}
    assert f'name="seen_{begun.pk}" value="1" form="close-parcel"' in page
