"""The pages of a drop once it is planned: its goods are announced, it slips, opens, sells, is closed or called off."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coop.kernel import clock
from coop.models import Member, Sku
from fulfillment.capacity.models import PoolDay, SlotPool
from fulfillment.drops import services
from fulfillment.drops.models import CycleRun, Drop, DropSale
from fulfillment.drops.services import open_and_close_drops
from fulfillment.inventory.models import Asn
from fulfillment.orders import services as orders
from tests import world
from tests.fulfillment.drops_pages_kit import mug, node, portal, queries, run, taken

__all__ = ["mug", "node", "run"]  # the fixtures


def test_goods_are_announced_from_its_page(maya: Client, run: CycleRun, mug: Sku) -> None:
    drop = world.make_drop(mug, run.cycle.node, 20)
    url = portal("drop-announce", pk=drop.pk)
    assert "MUG-1" in maya.get(url).content.decode()
    assert maya.post(url, {"parcels": "0"}).status_code == 422
    assert not Asn.objects.exists()
    assert maya.post(url, {"parcels": "2"}).status_code == 302
    drop.refresh_from_db()
    assert drop.state == "announced"
    assert Asn.objects.get().parcels == 2
    assert maya.get(url).status_code == 422


def listed(drop: Drop, *goods: tuple[str, int], **fields: Any) -> dict[str, Any]:
    """What the announcing page sends when its list was changed."""
    sent = {
        "leg": drop.legs.get().pk,
        "parcels": "1",
        "lines-TOTAL_FORMS": len(goods),
        "lines-INITIAL_FORMS": 0,
    }
    for n, (code, quantity) in enumerate(goods):
        sent |= {f"lines-{n}-code": code, f"lines-{n}-quantity": str(quantity)}
    return {**sent, **fields}


def test_a_shipment_may_bring_other_goods_along(maya: Client, run: CycleRun, mug: Sku) -> None:
    bowl = world.make_sku(mug.member, code="BOWL-1")
    drop = world.make_drop(mug, run.cycle.node, 20)
    url = f"{portal('drop-announce', pk=drop.pk)}?list=1"
    page = maya.get(url)
    assert 'value="MUG-1"' in page.content.decode()
    more = maya.post(url, listed(drop, ("MUG-1", 20), parcels="3", more="1"))
    assert (more.status_code, more.context["form"]["parcels"].value()) == (200, "3")
    assert 'name="lines-4-code"' in more.content.decode()
    assert maya.post(url, listed(drop, ("MUG-1", 15), ("BOWL-1", 4))).status_code == 302
    asn = Asn.objects.get()
    assert dict(asn.lines.values_list("sku", "quantity_expected")) == {mug.pk: 15, bowl.pk: 4}
    drop.refresh_from_db()
    assert (drop.state, drop.legs.get().asn) == ("announced", asn)


@pytest.mark.parametrize("late", [False, True])
def test_what_a_drop_refuses_is_not_announced_at_all(
    maya: Client, run: CycleRun, mug: Sku, late: bool
) -> None:
    world.make_sku(mug.member, code="BOWL-1")
    drop = world.make_drop(mug, run.cycle.node, 20)
    url = f"{portal('drop-announce', pk=drop.pk)}?list=1"
    sent = listed(drop, ("MUG-1", 20)) if late else listed(drop, ("BOWL-1", 4))
    moment = drop.legs.get().run.announce_by + dt.timedelta(seconds=1) if late else clock.now()
    with clock.at(moment):
        page = maya.post(url, sent)
    assert page.status_code == 422
    said = "had to be announced by now" if late else "brings nothing of"
    assert said in page.content.decode()
    assert not Asn.objects.exists()
    drop.refresh_from_db()
    assert (drop.state, drop.legs.get().asn) == ("reserved", None)


def test_a_drop_slips_after_asking_and_says_what_it_costs(maya: Client, run: CycleRun, mug: Sku) -> None:
    drop = world.make_drop(mug, run.cycle.node, 20)
    url = portal("drop-slip", pk=drop.pk)
    assert "That costs nothing now" in maya.get(url).content.decode()
    before = drop.opens_at
    maya.post(url)
    drop.refresh_from_db()
    assert drop.opens_at == before + dt.timedelta(days=7)
    assert "Moved by its owner" in maya.get(portal("drop-detail", pk=drop.pk)).content.decode()


def test_it_opens_sells_and_is_closed_under_its_owners_eyes(
    maya: Client, member: Member, run: CycleRun, mug: Sku
) -> None:
    drop = world.make_drop(mug, run.cycle.node, 20, title="Spring glazes")
    world.bring_in(drop)
    channel = orders.open_channel(member=member, kind="form", name="Shop")
    url = portal("drop-detail", pk=drop.pk)
    with clock.at(drop.opens_at):
        open_and_close_drops()
    with clock.at(drop.opens_at + dt.timedelta(hours=2)):
        services.sell(drop=drop, orders=[world.order_input({"MUG-1": 3})], channel=channel)
        page = maya.get(url)
        html = page.content.decode()
        assert page.context["left"] == 17
        assert "Pieces sold, by hour" in html
        assert portal("cost-drop", drop=drop.pk) in html
        sales = maya.get(portal("drop-sales", pk=drop.pk)).content.decode()
        assert DropSale.objects.get().order.number in sales
        assert "No such sale" in maya.get(portal("drop-sales", pk=drop.pk) + "?only=cut").content.decode()
        assert maya.get(portal("drop-close", pk=drop.pk)).status_code == 200
        maya.post(portal("drop-close", pk=drop.pk))
    drop.refresh_from_db()
    assert drop.state == "closed"


def test_a_drop_is_called_off_after_asking(maya: Client, run: CycleRun, mug: Sku) -> None:
    drop = world.make_drop(mug, run.cycle.node, 20)
    assert maya.get(portal("drop-cancel", pk=drop.pk)).status_code == 200
    maya.post(portal("drop-cancel", pk=drop.pk))
    drop.refresh_from_db()
    assert (drop.state, taken()) == ("cancelled", 0)
    assert maya.post(portal("drop-cancel", pk=drop.pk)).status_code == 409


def test_another_members_drop_is_not_there(maya: Client, run: CycleRun, mug: Sku) -> None:
    drop = world.make_drop(mug, run.cycle.node, 20)
    other = world.make_member(slug="ton-werk")
    client = world.client_of(other.memberships.get().user)
    names = ("detail", "cancel", "close", "slip", "reserve", "announce", "sales")
    for name in names:
        url = reverse(f"portal:drop-{name}", kwargs={"member": "ton-werk", "pk": drop.pk})
        assert client.get(url).status_code == 404
    assert (
        client.get(reverse("portal:cost-drop", kwargs={"member": "ton-werk", "drop": drop.pk})).status_code
        == 404
    )


def test_pages_ask_as_much_for_many_as_for_one(maya: Client, member: Member, run: CycleRun, mug: Sku) -> None:
    drop = world.make_drop(mug, run.cycle.node, 20)
    world.make_drop(world.make_sku(member), run.cycle.node, 5, title="Ahead")
    urls = [
        portal("drop-list"),
        portal("drop-detail", pk=drop.pk),
        portal("overview-drops"),
        portal("drop-sales", pk=drop.pk),
    ]
    world.bring_in(drop)
    channel = orders.open_channel(member=member, kind="form", name="Shop")
    with clock.at(drop.opens_at):
        open_and_close_drops()
        services.sell(drop=drop, orders=[world.order_input({"MUG-1": 1})], channel=channel)
        few = [queries(maya, url) for url in urls]
        services.sell(drop=drop, orders=[world.order_input({"MUG-1": 1}) for _ in range(9)], channel=channel)
    SlotPool.objects.filter(kind="dock").update(slots=9)
    PoolDay.objects.filter(pool__kind="dock").update(capacity=9)
    for n in range(4):
        world.make_drop(world.make_sku(member), run.cycle.node, 5, title=f"Drop {n}")
    with clock.at(drop.opens_at):
        assert [queries(maya, url) for url in urls] == few


def test_what_a_drop_cost_is_its_goods_bookings_and_orders(
    maya: Client, member: Member, run: CycleRun, mug: Sku
) -> None:
    from billing.charges.services import rate_activities

    world.make_rate_card()
    drop = world.make_drop(mug, run.cycle.node, 20)
    world.make_activity(member, run.cycle.node, "pick", 5)  # of an ordinary order
    world.bring_in(drop)
    empty = maya.get(portal("cost-drop", drop=drop.pk)).content.decode()
    assert "pieces of work done that have no price yet" in empty
    rate_activities()
    page = maya.get(portal("cost-drop", drop=drop.pk))
    found = {kind["kind"]: kind["pieces"] for kind in page.context["kinds"]}
    assert found == {"receive": 20, "putaway": 1}
