"""Each proof about drops finds what it looks for: rows bent by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from coop.kernel import clock
from coop.models import Node, Sku
from fulfillment.drops.models import Drop, DropBuyer, DropLegLine, DropLine, DropSale
from fulfillment.drops.services import sell
from fulfillment.models import Asn, Booking, Earmark, Order, Stock
from fulfillment.orders.services import open_channel
from tests import world
from tests.fulfillment.drops_kit import MARCH, audit

pytestmark = pytest.mark.node(bins=2, name="Yard")


@pytest.fixture
def mug(node: Node) -> Sku:
    return world.make_sku(world.make_member(slug="tidehouse"), code="MUG")


@pytest.fixture
def drop(mug: Sku, node: Node) -> Drop:
    """Received, two of ten ordered ahead."""
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 10, title="Glazes", preorders_from=MARCH)
        shop = open_channel(member=mug.member, kind="api", name="Drops")
        sell(drop=drop, orders=[world.order_input({"MUG": 2}, number="#1")], channel=shop)
        world.bring_in(drop)
    return drop


BENT: dict[str, tuple[Callable[[], Any], str]] = {
    "a line that its legs do not bring": (
        lambda: DropLine.objects.update(quantity=11),
        "Glazes sells 11 of MUG, its legs bring 10.",
    ),
    "a leg that the drop does not sell": (
        lambda: DropLegLine.objects.update(quantity=9),
        "Glazes sells 10 of MUG, its legs bring 9.",
    ),
    "a counter without sales": (
        lambda: Drop.objects.update(sold=3),
        "Glazes: 3 sold, lines say 2, sales 2, buyers 2.",
    ),
    "a line's counter": (
        lambda: DropLine.objects.update(sold=1),
        "Glazes: 2 sold, lines say 1, sales 2, buyers 2.",
    ),
    "a buyer's counter": (
        lambda: DropBuyer.objects.update(pieces=1),
        "Glazes: 2 sold, lines say 2, sales 2, buyers 1.",
    ),
    "an order without its claim": (
        lambda: Order.objects.update(claim=None),
        "Glazes: order #1 and its sale do not agree.",
    ),
    "a sale of other pieces": (
        lambda: DropSale.objects.update(pieces=3, cut=1),
        "Glazes: order #1 and its sale do not agree.",
    ),
    "goods not given out": (
        lambda: Earmark.objects.update(is_open=False),
        "Glazes is received with goods not given out.",
    ),
    "a shipment that does not know": (
        lambda: Asn.objects.update(claim=None),
        "Glazes is received with shipments that do not know of it.",
    ),
    "a state without a step": (
        lambda: Drop.objects.update(state="live"),
        "Glazes is live, but its last step led to received.",
    ),
    "more kept than is there": (
        lambda: Stock.objects.filter(bin__kind="shelf").update(allocated=5),
        "MUG at Yard: 10 kept for claims, 5 free",
    ),
    "more kept than is planned": (
        lambda: Earmark.objects.update(planned=9),
        "MUG at Yard: 10 kept for claims, 10 free",
    ),
}


@pytest.mark.parametrize("what", BENT)
def test_the_audit_finds(drop: Drop, what: str) -> None:
    assert audit() == []
    bend, sentence = BENT[what]
    bend()
    assert sentence in audit()


def test_the_audit_finds_a_leg_without_bookings_and_what_is_kept_for_nobody(mug: Sku, node: Node) -> None:
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, title="Glazes")
    assert audit() == []
    Booking.objects.update(group=None)
    assert "Glazes is reserved with a leg without bookings." in audit()
    Drop.objects.filter(pk=drop.pk).update(state="cancelled")
    assert "Glazes is cancelled with something still kept." in audit()


def test_what_is_kept_is_not_for_sale_in_lists(drop: Drop, mug: Sku, node: Node) -> None:
    world.make_stock(mug, world.shelf_bins(node)[1], 4)
    token = world.make_api_key(mug.member)[1]
    stock = Client().get("/api/v1/stock/", headers={"Authorization": f"Bearer {token}"}).json()
    [row] = stock["results"]
    assert (row["available"], row["nodes"][0]["on_hand"], row["nodes"][0]["available"]) == (4, 14, 4)
    from fulfillment.inventory.reads import by_node, with_stock

    for at in (None, node):
        assert with_stock(Sku.objects.filter(pk=mug.pk), node=at).get().available == 4
    [there] = by_node(Stock.objects.filter(sku=mug), Earmark.objects.filter(sku=mug))
    assert (there["on_hand"], there["available"]) == (14, 4)


def test_goods_at_the_dock_take_nothing_from_the_shelf(mug: Sku, node: Node) -> None:
    from fulfillment.drops.services import announce_goods
    from fulfillment.inventory.services import Receiving, receive

    world.make_stock(mug, world.shelf_bins(node)[0], 4)
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 10)
        asn = announce_goods(drop=drop, leg=drop.legs.get())
    with clock.at(MARCH + dt.timedelta(days=3)):
        receive(asn=asn, receipts=[Receiving(asn.lines.get().pk, 10)])
        assert Earmark.objects.get().quantity == 10
        assert world.make_order(mug.member, {"MUG": 4}).state == "allocated"
        assert world.make_order(mug.member, {"MUG": 1}).state == "waiting"
    assert audit() == []
