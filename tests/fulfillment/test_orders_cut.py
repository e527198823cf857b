"""An order that cannot go whole: what is there goes, the rest is given up and explained."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from coop.kernel.errors import DomainError
from coop.runtime import audit
from fulfillment.models import Allocation, LineCut, Order, OrderLine
from fulfillment.orders.errors import AlreadyCancelled, NothingMissing, NothingThere
from fulfillment.orders.services import (
    PickedPart,
    allocate_orders,
    cancel_order,
    place_orders,
    send_what_is_there,
)
from fulfillment.picking.services import release_wave
from tests import world
from tests.fulfillment.test_orders_handling import carry, note_picked, ship, wave

pytestmark = [pytest.mark.django_db, pytest.mark.node(slug="kreuzberg")]


@pytest.fixture
def member(node):
    member = world.make_member(slug="tidehouse", owner=world.make_user("maya@example.com"))
    world.make_stock(world.make_sku(member, code="MUG"), world.shelf_bins(node)[0], 5)
    world.make_sku(member, code="BOWL")
    return member


@pytest.fixture
def order(member):
    return world.make_order(member, {"MUG": 7, "BOWL": 2}, number="#1")


@pytest.fixture
def maya(member):
    return member.memberships.get().user


def url(name, **kwargs):
    return reverse(f"portal:{name}", kwargs={"member": "tidehouse", **kwargs})


def holds():
    """Nothing that this room proves is broken."""
    found = [said for proof in audit.proofs() if "orders" in proof.room for said in proof.check()]
    return not found


def quantities(order):
    rows = OrderLine.objects.filter(order=order).order_by("sku__code")
    return {line.sku.code: (line.quantity, line.quantity_allocated, line.quantity_cancelled) for line in rows}


def test_what_is_there_goes_and_the_rest_is_written_down(order, node, maya):
    assert order.state == "waiting"
    with pytest.raises(DomainError):
        release_wave(node=node, by=None)
    sent = send_what_is_there(order=order, by=maya)
    assert sent.state == "allocated"
    assert quantities(order) == {"MUG": (7, 5, 2), "BOWL": (2, 0, 2)}
    cuts = {cut.line.sku.code: cut for cut in LineCut.objects.filter(order=order)}
    assert {code: cut.quantity for code, cut in cuts.items()} == {"MUG": 2, "BOWL": 2}
    assert "5 of 7" in cuts["MUG"].why
    assert all(cut.cut_by == maya for cut in cuts.values())
    assert OrderLine.objects.get(order=order, sku__code="MUG").shortage.startswith("2 not sent: 5 of 7")
    assert set(OrderLine.objects.filter(order=order).values_list("shortage_code", flat=True)) == {"cut"}
    assert release_wave(node=node, by=None).batches.count() == 1
    assert holds()


def test_it_goes_through_to_the_parcel(order, node):
    send_what_is_there(order=order, by=None)
    picker = world.make_user()
    world.walk_through(node, picker)
    order.refresh_from_db()
    assert order.state == "picked"
    ship(order.allocations.get())
    order.refresh_from_db()
    assert order.state == "shipped"
    assert holds()


def test_what_comes_later_is_not_promised_to_it(order, member, node):
    send_what_is_there(order=order, by=None)
    world.make_stock(member.skus.get(code="BOWL"), world.shelf_bins(node)[0], 9)
    allocate_orders()
    allocate_orders(order_ids=[order.pk])
    assert quantities(order)["BOWL"] == (2, 0, 2)


def test_a_short_pick_of_the_rest_makes_it_wait_again_and_it_can_be_cut_again(order, node):
    send_what_is_there(order=order, by=None)
    allocation = wave(order)
    carry(allocation, 3)
    carry(allocation, 2, "short")
    note_picked(picks=[PickedPart(allocation.pk, 3)])
    order.refresh_from_db()
    assert order.state == "waiting"
    again = send_what_is_there(order=order, by=None)
    assert again.state == "picked"
    assert quantities(order)["MUG"] == (7, 3, 4)
    assert LineCut.objects.filter(order=order, line__sku__code="MUG").count() == 2


def test_refuses_when_nothing_is_promised_and_changes_nothing(member):
    order = world.make_order(member, {"BOWL": 2})
    with pytest.raises(NothingThere):
        send_what_is_there(order=order, by=None)
    assert quantities(order) == {"BOWL": (2, 0, 0)}
    assert not LineCut.objects.exists()


def test_refuses_a_whole_order_and_a_cancelled_one(member):
    whole = world.make_order(member, {"MUG": 1})
    with pytest.raises(NothingMissing):
        send_what_is_there(order=whole, by=None)
    gone = world.make_order(member, {"MUG": 1, "BOWL": 1})
    cancel_order(order=gone, by=None)
    with pytest.raises(AlreadyCancelled):
        send_what_is_there(order=gone, by=None)
    assert not LineCut.objects.exists()


def test_the_database_lets_no_more_be_promised_and_given_up_than_was_ordered(order):
    send_what_is_there(order=order, by=None)
    line = OrderLine.objects.get(order=order, sku__code="MUG")
    with pytest.raises(IntegrityError, match="order_line_within_ordered"), transaction.atomic():
        OrderLine.objects.filter(pk=line.pk).update(quantity_cancelled=3)


def test_a_figure_without_its_explanation_is_found(order):
    OrderLine.objects.filter(order=order, sku__code="BOWL").update(quantity_cancelled=1)
    assert not holds()


def test_the_same_order_told_again_is_still_the_same(order, member):
    send_what_is_there(order=order, by=None)
    told = world.order_input({"MUG": 7, "BOWL": 2}, number="#1", placed_at=order.placed_at)
    placed = place_orders(channel=order.channel, orders=[told])
    assert (placed.known, placed.changed) == (["#1"], [])


def test_the_page_offers_it_asks_and_keeps_the_history(order, maya):
    client = world.client_of(maya)
    page = client.get(url("order-detail", order=order.pk)).content.decode()
    assert url("order-send", order=order.pk) in page
    asked = client.get(url("order-send", order=order.pk)).content.decode()
    assert "5 pieces of it can go" in asked
    assert "(BOWL)" in asked
    assert Order.objects.get(pk=order.pk).state == "waiting"
    page = client.post(url("order-send", order=order.pk), follow=True).content.decode()
    assert "goes with what is there" in page
    assert "Sent without" in page
    assert f"by {maya}" in page
    assert "Given up" in page
    assert url("order-send", order=order.pk) not in page
    again = client.get(url("order-send", order=order.pk), follow=True).content.decode()
    assert "nothing to decide" in again


def test_an_accountant_reads_but_does_not_send(order, member):
    books = world.make_user()
    world.make_membership(member, books, "accountant")
    client = world.client_of(books)
    assert (
        url("order-send", order=order.pk)
        not in client.get(url("order-detail", order=order.pk)).content.decode()
    )
    assert client.post(url("order-send", order=order.pk)).status_code == 403
    assert Order.objects.get(pk=order.pk).state == "waiting"


def test_a_machine_decides_it_too_and_may_say_so_twice(order, member, client):
    _, token = world.make_api_key(member)
    address = reverse("api:order-send", args=[order.pk])
    for _ in range(2):
        answer = client.post(address, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        assert answer.json()["state"] == "allocated"
    lines = {line["sku"]: line["quantity_cancelled"] for line in answer.json()["lines"]}
    assert lines == {"MUG": 2, "BOWL": 2}
    assert LineCut.objects.count() == 2
    nothing = world.make_order(member, {"BOWL": 2})
    answer = client.post(
        reverse("api:order-send", args=[nothing.pk]), headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_there")


def test_cancelling_after_the_cut_frees_the_rest(order):
    send_what_is_there(order=order, by=None)
    cancel_order(order=order, by=None)
    assert not Allocation.objects.live().filter(order=order).exists()
    assert holds()
