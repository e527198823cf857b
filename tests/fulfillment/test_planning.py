"""What needs a creator, and how the nodes are doing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from coop.kernel import clock
from coop.models import Sku
from coop.web.maps import Dot
from fulfillment.capacity.services import open_days, open_pool
from fulfillment.models import Order
from fulfillment.orders.destinations import where_orders_went
from fulfillment.orders.services import cancel_order
from fulfillment.planning.reads import NodeLoad, node_loads, node_mark, running_out
from tests import world

pytestmark = pytest.mark.django_db


def test_names_what_sells_faster_than_it_lasts() -> None:
    member, node = world.make_member(), world.make_node()
    fast, slow, still = (world.make_sku(member, code=code) for code in ("FAST", "SLOW", "STILL"))
    bin_ = world.shelf_bins(node)[0]
    for sku, quantity in ((fast, 30), (slow, 500), (still, 1)):
        world.make_stock(sku, bin_, quantity)
    world.make_order(member, {"FAST": 28, "SLOW": 28})
    assert [(row.sku.code, row.available, row.days) for row in running_out(Sku.objects.of(member))] == [
        ("FAST", 2, 2)
    ]


def test_old_sales_set_no_pace() -> None:
    member, node = world.make_member(), world.make_node()
    sku = world.make_sku(member, code="MUG")
    world.make_stock(sku, world.shelf_bins(node)[0], 5)
    with clock.at(clock.now() - dt.timedelta(days=60)):
        world.make_order(member, {"MUG": 4})
    assert running_out(Sku.objects.of(member)) == []


def test_the_needs_of_one_member_are_not_anothers() -> None:
    node = world.make_node()
    maya, ben = world.make_user(), world.make_user()
    mine, other = world.make_member(slug="mine", owner=maya), world.make_member(slug="other", owner=ben)
    sku = world.make_sku(other, code="SECRET", title="Secret vase")
    world.make_stock(sku, world.shelf_bins(node)[0], 2)
    world.make_order(other, {"SECRET": 2})
    page = reverse("portal:overview-needs", kwargs={"member": mine.slug})
    assert "Secret vase" not in world.client_of(maya).get(page).content.decode()
    page = reverse("portal:overview-needs", kwargs={"member": other.slug})
    assert "Secret vase" in world.client_of(ben).get(page).content.decode()


def test_the_load_of_nodes_costs_the_same_for_one_and_many(django_assert_num_queries: object) -> None:
    nodes = [world.make_node() for _ in range(4)]
    for few in (nodes[:1], nodes):
        with django_assert_num_queries(3):
            assert len(node_loads(few)) == len(few)


def test_only_shelves_count_as_room_that_is_taken() -> None:
    node = world.make_node()
    for kind in ("shelf", "picks"):
        pool = open_pool(node=node, slots=10, kind=kind, storage_class="ambient" if kind == "shelf" else "")
        open_days(pool=pool, first=clock.today("UTC"), last=clock.today("UTC") + dt.timedelta(days=1))
    assert [load.capacity for load in node_loads([node])] == [10]


def test_a_stewards_figures_answer() -> None:
    steward = world.make_user()
    world.make_staff(steward, "steward")
    client = world.client_of(steward)
    for name in ("home-figures", "home-nodes", "home-money"):
        assert client.get(reverse(f"network:{name}")).status_code == 200


def test_orders_that_are_cancelled_old_or_without_a_place_are_no_dots() -> None:
    member = world.make_member()
    world.make_sku(member, code="MUG")
    for city, fields in {
        "Berlin": {"latitude": Decimal("52.501234"), "longitude": Decimal("13.404321")},
        "Köln": {"latitude": Decimal("50.94"), "longitude": Decimal("6.94")},
        "Nowhere": {},
    }.items():
        world.make_order(member, {"MUG": 1}, city=city, **fields)
    Order.objects.filter(city="Köln").update(placed_at=clock.now() - dt.timedelta(days=91))
    gone = world.make_order(
        member, {"MUG": 1}, city="Gone", latitude=Decimal("52.5"), longitude=Decimal("13.4")
    )
    cancel_order(order=gone, by=None)
    went = where_orders_went(Order.objects.all())
    assert went.dots == [Dot(Decimal("52.50"), Decimal("13.40"), 1, "Berlin")]
    assert went.without_place == 1


def test_orders_of_one_place_are_one_dot() -> None:
    member = world.make_member()
    world.make_sku(member, code="MUG")
    for north in ("52.501", "52.502", "52.498"):
        world.make_order(member, {"MUG": 1}, latitude=Decimal(north), longitude=Decimal("13.4"))
    assert [dot.count for dot in where_orders_went(Order.objects.all()).dots] == [3]


def test_a_nodes_mark_tells_its_tier_its_load_and_that_it_is_closed() -> None:
    node = world.make_node(tier="hub")
    mark = node_mark(NodeLoad(node=node, booked=9, capacity=10, skus=0, parcels=0))
    assert (mark.shape, mark.level, mark.tone, mark.note) == ("diamond", 90, "warn", "hub, 90 % taken")
    assert node_mark(NodeLoad(node=node, booked=10, capacity=10, skus=0, parcels=0)).tone == "bad"
    assert node_mark(NodeLoad(node=node, booked=0, capacity=0, skus=0, parcels=0)).level is None
    node.is_open = False
    assert node_mark(NodeLoad(node=node, booked=1, capacity=10, skus=0, parcels=0)).note == "hub, closed"


def test_a_stewards_map_leads_to_each_node() -> None:
    node, steward = world.make_node(name="Kreuzberg corner"), world.make_user()
    world.make_staff(steward, "steward")
    page = world.client_of(steward).get(reverse("network:home-map")).content.decode()
    assert "Kreuzberg corner" in page
    assert reverse("network:node-detail", kwargs={"pk": node.pk}) in page
