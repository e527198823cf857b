"""A drop sells to the second, never too much, never twice, to one buyer no more than the limit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coop.kernel import clock
from coop.models import Node, Sku
from fulfillment.drops.errors import BuyerLimit, NotInThisDrop, NotOpen, OrderChanged, SoldOut
from fulfillment.drops.life.returning import drops_with_returns
from fulfillment.drops.models import Drop, DropBuyer, DropLine, DropSale
from fulfillment.drops.services import open_drop, sell, settle_drop, take_back
from fulfillment.models import Earmark, Order, OrderLine
from fulfillment.orders.models import Channel
from fulfillment.orders.services import allocate_orders, cancel_order, open_channel
from tests import world
from tests.fulfillment.drops_kit import MARCH, audit

pytestmark = pytest.mark.node(bins=2)

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def mug(node: Node) -> Sku:
    return world.make_sku(world.make_member(slug="tidehouse"), code="MUG")


@pytest.fixture
def shop(mug: Sku) -> Channel:
    return open_channel(member=mug.member, kind="api", name="Drops")


def received(mug: Sku, node: Node, quantity: int = 5, **fields: Any) -> Drop:
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, quantity, **fields)
        world.bring_in(drop)
    return drop


def buy(drop: Drop, shop: Channel, pieces: int = 1, **fields: Any) -> Any:
    return sell(drop=drop, orders=[world.order_input({"MUG": pieces}, **fields)], channel=shop)


def counters(drop: Drop) -> tuple[int, ...]:
    drop.refresh_from_db()
    return (
        drop.sold,
        sum(DropLine.objects.filter(drop=drop).values_list("sold", flat=True)),
        sum(s.pieces - s.cut for s in DropSale.objects.filter(drop=drop)),
        sum(DropBuyer.objects.filter(drop=drop).values_list("pieces", flat=True)),
    )


def test_opens_at_the_second_whether_anybody_noted_it_or_not(mug: Sku, node: Node, shop: Channel) -> None:
    drop = received(mug, node)
    with clock.at(drop.opens_at - SECOND), pytest.raises(NotOpen, match="opens"):
        buy(drop, shop)
    assert not Order.objects.exists()
    with clock.at(drop.opens_at):
        assert buy(drop, shop).created[0].claim_id == drop.claim_id
    drop.refresh_from_db()
    assert drop.state == "live"
    assert [s.what for s in drop.steps.order_by("pk")][-1] == "Open: the first piece is sold."


def test_ends_at_the_second(mug: Sku, node: Node, shop: Channel) -> None:
    with clock.at(MARCH):
        closes = world.make_drop(mug, node).opens_at + dt.timedelta(hours=1)
    drop = received(mug, node, closes_at=closes)
    with clock.at(closes - SECOND):
        buy(drop, shop)
    with clock.at(closes), pytest.raises(NotOpen, match="over"):
        buy(drop, shop)
    assert counters(drop) == (1, 1, 1, 1)


def test_does_not_open_while_its_goods_are_not_in(mug: Sku, node: Node, shop: Channel) -> None:
    with clock.at(MARCH):
        drop = world.make_drop(mug, node)
    with clock.at(drop.opens_at + SECOND):
        assert open_drop(drop=drop).state == "reserved"
        with pytest.raises(NotOpen):
            buy(drop, shop)
    assert counters(drop) == (0, 0, 0, 0)


def test_sells_exactly_what_there_is_and_ends_by_itself(mug: Sku, node: Node, shop: Channel) -> None:
    drop = received(mug, node, 5)
    with clock.at(drop.opens_at):
        buy(drop, shop, 3)
        with pytest.raises(SoldOut, match="only 2 of MUG left"):
            buy(drop, shop, 3)
        buy(drop, shop, 2)
        with pytest.raises(SoldOut):
            buy(drop, shop, 1)
    assert counters(drop) == (5, 5, 5, 5)
    assert drop.state == "sold_out"
    assert Order.objects.count() == 2


def test_ends_when_the_picks_are_used_up(mug: Sku, node: Node, shop: Channel) -> None:
    drop = received(mug, node, 5, burst_picks=3)
    with clock.at(drop.opens_at):
        buy(drop, shop, 3)
        with pytest.raises(SoldOut):
            buy(drop, shop, 1)
    assert counters(drop) == (3, 3, 3, 3)
    assert drop.state == "sold_out"


def test_a_sale_told_twice_is_sold_once(mug: Sku, node: Node, shop: Channel) -> None:
    drop = received(mug, node)
    with clock.at(drop.opens_at):
        order = world.order_input({"MUG": 2}, number="#1", placed_at=None)
        assert sell(drop=drop, orders=[order], channel=shop).created
        again = sell(drop=drop, orders=[order], channel=shop)
        assert (again.created, again.known) == ([], ["#1"])
        with pytest.raises(OrderChanged):
            buy(drop, shop, 1, number="#1")
        other = world.make_order(mug.member, {"MUG": 1}, channel="Drops", number="#2", allocate=False)
        with pytest.raises(OrderChanged):
            buy(drop, shop, 1, number=other.number)
    assert counters(drop) == (2, 2, 2, 2)


def test_one_buyer_has_no_more_than_the_limit_however_they_write_their_address(
    mug: Sku, node: Node, shop: Channel
) -> None:
    drop = received(mug, node, buyer_limit=2)
    with clock.at(drop.opens_at):
        buy(drop, shop, 1, buyer_email="Ada@Example.com")
        with pytest.raises(BuyerLimit):
            buy(drop, shop, 2, buyer_email="ada@example.com")
        buy(drop, shop, 1, buyer_email="ada@example.com")
        with pytest.raises(BuyerLimit):
            buy(drop, shop, 1, buyer_email="ADA@example.com")
        buy(drop, shop, 2, buyer_email="bob@example.com")
    assert counters(drop) == (4, 4, 4, 4)


def test_refuses_what_the_drop_does_not_sell(mug: Sku, node: Node, shop: Channel) -> None:
    drop = received(mug, node)
    bowl = world.make_sku(mug.member, code="BOWL")
    with clock.at(drop.opens_at), pytest.raises(NotInThisDrop, match="BOWL"):
        sell(drop=drop, orders=[world.order_input({"MUG": 1, bowl.code: 1})], channel=shop)
    assert counters(drop) == (0, 0, 0, 0)
    assert not Order.objects.exists()


def test_preorders_are_sales_against_what_is_planned(mug: Sku, node: Node, shop: Channel) -> None:
    with clock.at(MARCH):
        drop = world.make_drop(mug, node, 5, preorders_from=MARCH + dt.timedelta(hours=1))
        with pytest.raises(NotOpen, match="ordered ahead from"):
            buy(drop, shop)
        world.make_stock(mug, world.shelf_bins(node)[1], 3)
    with clock.at(MARCH + dt.timedelta(hours=1)):
        [order] = buy(drop, shop, 4).created
        assert allocate_orders(order_ids=[order.pk]).orders == 0  # not from what lies there for everybody
        assert allocate_orders().orders == 0
        assert OrderLine.objects.get(order=order).shortage == f"the goods of {drop.title} come on 24 Mar 2027"
        assert OrderLine.objects.get(order=order).shortage_code == "coming"
        assert DropSale.objects.get().is_preorder
        with pytest.raises(SoldOut):
            buy(drop, shop, 2)
    with clock.at(MARCH + dt.timedelta(hours=2)):
        world.bring_in(drop)
        assert drop.state == "received"
        allocate_orders()
    order.refresh_from_db()
    assert order.state == "allocated"
    assert Earmark.objects.get(claim=drop.claim_id).quantity == 1
    with clock.at(drop.opens_at):
        buy(drop, shop, 1)
    assert counters(drop) == (5, 5, 5, 5)
    assert drop.state == "sold_out"
    assert audit() == []


def test_a_cancelled_order_is_on_sale_again(mug: Sku, node: Node, shop: Channel) -> None:
    drop = received(mug, node, 2)
    with clock.at(drop.opens_at):
        [order] = buy(drop, shop, 2).created
        allocate_orders()
        assert Earmark.objects.get().quantity == 0
        cancel_order(order=order, by=None)
        assert Earmark.objects.get().quantity == 2  # kept again, not everybody's
        assert audit() == []
        assert drops_with_returns() == [drop]
        assert take_back(drop=drop) == 2
        assert drops_with_returns() == []
        assert take_back(drop=drop) == 0
        assert counters(drop) == (0, 0, 0, 0)
        assert drop.state == "live"
        buy(drop, shop, 2)
    assert counters(drop) == (2, 2, 2, 2)
    assert audit() == []


def test_is_settled_when_everything_is_sent(mug: Sku, node: Node, shop: Channel) -> None:
    drop = received(mug, node, 2)
    with clock.at(drop.opens_at):
        [order] = buy(drop, shop, 2).created
        allocate_orders()
        assert settle_drop(drop=drop).state == "sold_out"
        cancelled = cancel_order(order=order, by=None)
        assert cancelled.state == "cancelled"
        take_back(drop=drop)
        buy(drop, shop, 2)
        allocate_orders()
        picker = world.make_user()
        world.make_staff(picker, "picker", node)
        world.walk_through(node, picker)
        world.make_carton()
        from fulfillment.packing.services import pack_and_ship

        pack_and_ship(node=node, orders=list(Order.objects.filter(state="picked")), by=picker, carrier="Bike")
        assert settle_drop(drop=drop).state == "settled"
        assert settle_drop(drop=drop).state == "settled"
    assert not Earmark.objects.exists()
    assert audit() == []


def test_a_sale_takes_eight_statements_at_most(mug: Sku, node: Node, shop: Channel) -> None:
    drop = received(mug, node, 9, buyer_limit=9)
    with clock.at(drop.opens_at):
        buy(drop, shop)  # the first opens the drop
        with CaptureQueriesContext(connection) as one:
            buy(drop, shop)
        with CaptureQueriesContext(connection) as many:
            orders = [world.order_input({"MUG": 1}) for _ in range(3)]
            sell(drop=drop, orders=orders, channel=shop)
    assert len(many) == len(one) <= 8, [q["sql"][:80] for q in one.captured_queries]


class TestApi:
    @pytest.fixture
    def api(self, mug: Sku) -> Any:
        token = world.make_api_key(mug.member)[1]

        def call(method: str, path: str, body: Any = None) -> Any:
            ask = getattr(Client(), method)
            return ask(
                f"/api/v1/drops/{path}", body, content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip

        return call

    def body(self, number: str = "#1", pieces: int = 1, **fields: Any) -> dict[str, Any]:
        return {
            "number": number, "buyer_name": "Ada", "buyer_email": "ada@example.com", "street": "Weserstraße 7",
            "postcode": "12047", "city": "Berlin", "country": "DE",
            "lines": [{"sku": "MUG", "quantity": pieces}], **fields,
        }  # fmt: skip

    def test_sells_and_says_why_not(self, mug: Sku, node: Node, api: Any) -> None:
        drop = received(mug, node, 3, buyer_limit=2)
        path = f"{drop.pk}/orders/"
        with clock.at(drop.opens_at - SECOND):
            refused = api("post", path, self.body())
            assert (refused.status_code, refused.json()["code"]) == (409, "not_open")
        with clock.at(drop.opens_at):
            first = api("post", path, self.body(pieces=2))
            assert (first.status_code, first.json()["pieces"]) == (201, 2)
            assert first.json()["is_preorder"] is False
            assert api("post", path, self.body(pieces=2)).status_code == 200
            for told, code in (
                (self.body(pieces=1), "order_changed"),
                (self.body("#2"), "buyer_limit"),
                (self.body("#3", 2, buyer_email="bob@example.com"), "sold_out"),
            ):
                refused = api("post", path, told)
                assert (refused.status_code, refused.json()["code"]) == (409, code)
            for told in (self.body("#4", country="Germany"), self.body("#4", lines=[]), {}):
                assert api("post", path, told).status_code == 422
        assert counters(drop) == (2, 2, 2, 2)

    def test_tells_the_moment_in_utc_and_on_the_nodes_wall(self, mug: Sku, node: Node, api: Any) -> None:
        drop = received(mug, node, 3)
        told = api("get", f"{drop.pk}/").json()
        assert (told["opens_at"], told["opens_at_node"]) == (
            "2027-03-24T07:00:00Z",
            "2027-03-24T08:00:00+01:00",
        )
        assert (told["time_zone"], told["picks_left"]) == ("Europe/Berlin", 3)
        assert told["lines"] == [{"sku": "MUG", "quantity": 3, "sold": 0, "left": 3}]
        assert [row["id"] for row in api("get", "?state=received").json()["results"]] == [str(drop.pk)]
        assert api("get", "?state=open").status_code == 422

    def test_another_members_drop_is_not_there(self, mug: Sku, node: Node, api: Any) -> None:
        foreign = world.make_sku(world.make_member(), code="MUG")
        drop = received(foreign, node)
        with clock.at(drop.opens_at):
            assert api("post", f"{drop.pk}/orders/", self.body()).status_code == 404
        assert api("get", f"{drop.pk}/").status_code == 404
        assert api("get", "").json()["results"] == []
        assert counters(drop) == (0, 0, 0, 0)
