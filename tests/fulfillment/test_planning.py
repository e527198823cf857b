"""What needs a creator, and how the nodes are doing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from coop import clock
from coop.models import Sku
from fulfillment.planning.reads import node_loads, running_out
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
        with django_assert_num_queries(3):  # type: ignore[operator]
            assert len(node_loads(few)) == len(few)


def test_a_stewards_figures_answer() -> None:
    steward = world.make_user()
    world.make_staff(steward, "steward")
    client = world.client_of(steward)
    for name in ("home-figures", "home-nodes", "home-money"):
        assert client.get(reverse(f"network:{name}")).status_code == 200
