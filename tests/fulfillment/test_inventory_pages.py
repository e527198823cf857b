"""The pages of goods: announce, receive, put away, count, find; each role sees its own."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coop.kernel import clock
from coop.models import Member, Node, Sku
from fulfillment.drops.models import CycleRun
from fulfillment.inventory.models import Asn, Claim, CountTask, Earmark, Receipt, Stock
from fulfillment.inventory.services import Place, Receiving, announce_asn, open_count, receive
from tests import world

pytestmark = pytest.mark.node(slug="kreuzberg", bins=3)


@pytest.fixture
def floor(node: Node) -> Client:
    user = world.make_user("ines@example.com")
    world.make_staff(user, "operator", node)
    return world.client_of(user)


@pytest.fixture
def mug(member: Member) -> Sku:
    return world.make_sku(member, code="MUG-1", title="Sea mug", gtin="4006381333931")


def portal(name: str, **kwargs: Any) -> str:
    return reverse(f"portal:{name}", kwargs={"member": "tidehouse", **kwargs})


def on_floor(name: str, **kwargs: Any) -> str:
    return reverse(f"floor:{name}", kwargs={"node": "kreuzberg", **kwargs})


def announced(mug: Sku, node: Node, quantity: int = 10) -> Asn:
    return announce_asn(
        member=mug.member, node=node, expected_on=clock.today(node.timezone), lines=[(mug, quantity)]
    )


def scan_id(page: Any) -> str:
    found = re.search(r'name="scan_id" value="([0-9a-f-]+)"', page.content.decode())
    assert found
    return found[1]


def test_a_shipment_is_announced_by_code_or_gtin(maya: Client, node: Node, mug: Sku) -> None:
    bowl = world.make_sku(mug.member, code="BOWL-1")
    page = maya.get(portal("asn-new"))
    assert f'hx-get="{portal("next-runs")}"' in page.content.decode()
    sent = {
        "node": node.pk,
        "expected_on": clock.today(node.timezone).isoformat(),
        "parcels": 2,
        "lines-TOTAL_FORMS": 4,
        "lines-INITIAL_FORMS": 0,
        "lines-0-code": "04006381333931",
        "lines-0-quantity": "12",
        "lines-1-code": "bowl-1",
        "lines-1-quantity": "3",
    }
    done = maya.post(portal("asn-new"), sent)
    asn = Asn.objects.get()
    assert done.url == portal("asn-detail", pk=asn.pk)
    assert dict(asn.lines.values_list("sku", "quantity_expected")) == {mug.pk: 12, bowl.pk: 3}
    label = maya.get(portal("asn-label", pk=asn.pk)).content.decode()
    assert "Box 2 of 2" in label
    assert asn.number in label


def test_a_run_is_taken_over_with_its_node_and_day(maya: Client, node: Node) -> None:
    world.make_cycle(node)
    runs = maya.get(portal("next-runs")).content.decode()
    assert "Announce by" in runs
    [link] = re.findall(r'href="([^"]+)">\s*Announce for this run', runs)
    form = maya.get(link.replace("&amp;", "&")).context["form"]
    run = CycleRun.objects.filter(announce_by__gt=clock.now()).earliest("dock_from")
    assert form["node"].value() == node.pk
    assert form["expected_on"].value() == run.dock_from.astimezone(node.zone).date()
    nonsense = maya.get(portal("asn-new"), {"node": "nowhere", "on": "soon", "sku": "x", "drop": "y"})
    assert nonsense.status_code == 200


def test_goods_of_a_drop_are_announced_on_its_own_page(maya: Client, member: Member) -> None:
    drop_id = "0192f0c0-0000-7000-8000-000000000001"
    led = maya.get(portal("asn-new"), {"drop": drop_id})
    assert led.url == portal("drop-announce", pk=drop_id)


def test_a_wrong_line_says_so_and_nothing_typed_is_lost(maya: Client, node: Node, mug: Sku) -> None:
    sent = {
        "node": node.pk,
        "expected_on": clock.today(node.timezone).isoformat(),
        "parcels": 1,
        "lines-TOTAL_FORMS": 2,
        "lines-INITIAL_FORMS": 0,
        "lines-0-code": "MUG-9",
        "lines-0-quantity": "12",
    }
    page = maya.post(portal("asn-new"), sent)
    assert page.status_code == 422
    text = page.content.decode()
    assert "You have no active SKU MUG-9" in text
    assert 'value="MUG-9"' in text
    more = maya.post(portal("asn-new"), {**sent, "more": "1"})
    assert more.status_code == 200
    assert 'name="lines-5-code"' in more.content.decode()
    assert not Asn.objects.exists()


def test_goods_are_received_by_scanning_and_sending_twice_books_once(
    floor: Client, node: Node, mug: Sku
) -> None:
    asn = announced(mug, node)
    found = floor.get(on_floor("receive-list"), {"code": asn.number.lower()})
    assert found.url == on_floor("receive", pk=asn.pk)
    page = floor.get(found.url)
    sent = {"code": "4006381333931", "quantity": "4", "scan_id": scan_id(page)}
    said = floor.post(found.url, sent).content.decode()
    assert "MUG-1: 4 of 10" in said
    assert 'data-result="good"' in said
    again = floor.post(found.url, sent).content.decode()
    assert "booked already" in again
    assert Receipt.objects.count() == 1
    over = floor.post(found.url, {"code": "mug-1", "quantity": "8", "scan_id": scan_id(page)[:-4] + "ffff"})
    assert "12 of 10, 2 more than announced" in over.content.decode()


def test_a_foreign_barcode_is_refused_naming_what_is_expected(floor: Client, node: Node, mug: Sku) -> None:
    foreign = world.make_sku(world.make_member(), code="PRINT-7")
    asn = announced(mug, node)
    page = floor.get(on_floor("receive", pk=asn.pk))
    said = floor.post(
        on_floor("receive", pk=asn.pk), {"code": foreign.code, "quantity": "1", "scan_id": scan_id(page)}
    )
    assert said.status_code == 422
    text = said.content.decode()
    assert f"PRINT-7 is not on {asn.number}. Expected: MUG-1." in text
    assert 'data-result="bad"' in text
    assert not Receipt.objects.exists()


def field(page: Any, name: str) -> str | None:
    """What stands in the input of that name; None when it is empty."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page.content.decode())
    assert found
    value = re.search(r' value="([^"]*)"', found[0])
    return value[1] if value else None


@pytest.mark.parametrize(("typed", "shown"), [("", None), ("0", "0"), ("many", "many")])
def test_a_refused_number_loses_neither_the_scan_nor_itself(
    floor: Client, node: Node, mug: Sku, typed: str, shown: str | None
) -> None:
    asn = announced(mug, node)
    url = on_floor("receive", pk=asn.pk)
    page = floor.get(url)
    assert (field(page, "code"), field(page, "quantity")) == (None, "1")
    refused = floor.post(url, {"code": "MUG-1", "quantity": typed, "scan_id": scan_id(page)})
    assert refused.status_code == 422
    assert (field(refused, "code"), field(refused, "quantity")) == ("MUG-1", shown)
    assert scan_id(refused) != scan_id(page)
    taken = floor.post(url, {"code": "MUG-1", "quantity": "10", "scan_id": scan_id(refused)})
    assert (field(taken, "code"), field(taken, "quantity")) == (None, "1")
    url = on_floor("putaway", pk=asn.lines.get().pk)
    page = floor.get(url)
    assert (field(page, "code"), field(page, "quantity")) == (None, "10")
    refused = floor.post(url, {"code": "A-01-1", "quantity": typed, "scan_id": scan_id(page)})
    assert refused.status_code == 422
    assert (field(refused, "code"), field(refused, "quantity")) == ("A-01-1", shown)


def test_goods_are_put_away_by_scanning_the_bin(floor: Client, node: Node, mug: Sku) -> None:
    asn = announced(mug, node)
    line = asn.lines.get()
    receive(asn=asn, receipts=[Receiving(line.pk, 10)])
    listed = floor.get(on_floor("putaway-list")).content.decode()
    assert "MUG-1" in listed
    url = on_floor("putaway", pk=line.pk)
    assert floor.get(on_floor("putaway-list"), {"code": "MUG-1"}).url == url
    page = floor.get(url)
    assert "A-01-1" in page.content.decode()
    bad = floor.post(url, {"code": "Z-99", "quantity": "10", "scan_id": scan_id(page)})
    assert bad.status_code == 422
    assert "Z-99 is no bin" in bad.content.decode()
    done = floor.post(url, {"code": "a-01-1", "quantity": "10", "scan_id": scan_id(page)})
    assert done.url == on_floor("putaway-list")
    assert Stock.objects.get(bin__code="A-01-1").on_hand == 10


def test_a_bin_is_counted_blind(floor: Client, node: Node, mug: Sku) -> None:
    stock = world.make_stock(mug, world.shelf_bins(node)[0], 77)
    open_count(places=[Place.of(stock)], reason="pick found less")
    task = CountTask.objects.get()
    url = on_floor("count", pk=task.pk)
    assert floor.get(on_floor("count-list"), {"code": stock.bin.code}).url == url
    page = floor.get(url).content.decode()
    assert "pick found less" in page
    assert "77" not in re.sub(r'value="[^"]*"|csrf[^>]*', "", page.split("<main")[1].split("</main>")[0])
    floor.post(url, {"counted": "75"})
    stock.refresh_from_db()
    assert stock.on_hand == 75
    assert "−2" in floor.get(on_floor("count-list")).content.decode()


def test_anything_is_found_by_scanning_it(floor: Client, node: Node, mug: Sku) -> None:
    stock = world.make_stock(mug, world.shelf_bins(node)[0], 5)
    asn = announced(mug, node)
    for code in (stock.bin.code.lower(), "mug-1", "4006381333931"):
        assert "Sea mug" in floor.get(on_floor("find"), {"code": code}).content.decode()
    assert floor.get(on_floor("find"), {"code": asn.number}).url == on_floor("receive", pk=asn.pk)
    assert "no bin and no goods" in floor.get(on_floor("find"), {"code": "nothing"}).content.decode()
    set_right = floor.post(on_floor("adjust", pk=stock.pk), {"counted": "4", "reason": "one broke"})
    assert set_right.status_code == 302
    stock.refresh_from_db()
    assert stock.on_hand == 4


def test_page_and_file_say_the_same_of_what_is_kept_for_a_claim(maya: Client, node: Node, mug: Sku) -> None:
    world.make_stock(mug, world.shelf_bins(node)[0], 9)
    claim = Claim.objects.create(member=mug.member, kind="drop", what="Spring")
    Earmark.objects.create(member=mug.member, node=node, sku=mug, claim=claim, planned=4, quantity=4)
    [row] = maya.get(portal("stock-list")).context["page"].items
    [told] = csv.DictReader(io.StringIO(maya.get(portal("stock-csv")).content.decode("utf-8-sig")))
    assert (row.available, told["Available"], told["On hand"]) == (5, "5", "9")


def test_the_numbers_of_stock_and_the_moves_behind_them(maya: Client, node: Node, mug: Sku) -> None:
    world.make_stock(mug, world.shelf_bins(node)[0], 5)
    asn = announced(mug, node)
    receive(asn=asn, receipts=[Receiving(asn.lines.get().pk, 10)])
    page = maya.get(portal("stock-list"))
    [row] = page.context["page"].items
    assert (row.on_hand, row.promised, row.at_dock, row.available, row.announced) == (15, 0, 10, 5, 10)
    detail = maya.get(portal("stock-detail", pk=mug.pk))
    assert sum(m.quantity for m in detail.context["page"].items) == 15
    rows = list(csv.DictReader(io.StringIO(maya.get(portal("stock-csv")).content.decode("utf-8-sig"))))
    assert [(r["SKU"], r["On hand"], r["Available"], r["At the dock"]) for r in rows] == [
        ("MUG-1", "15", "5", "10")
    ]
    narrowed = maya.get(portal("stock-csv"), {"q": "no such thing"}).content.decode("utf-8-sig")
    assert len(narrowed.splitlines()) == 1, "the file has what the list shows"
    assert "stock.csv?q=MUG" in maya.get(portal("stock-list"), {"q": "MUG"}).content.decode()
    for name, kwargs in (("overview-stock", {}), ("sku-stock", {"pk": mug.pk})):
        assert "Kreuzberg" in maya.get(portal(name, **kwargs)).content.decode()


@pytest.mark.parametrize("state", ["low", "dock", "coming"])
def test_the_stock_list_filters(maya: Client, node: Node, mug: Sku, state: str) -> None:
    announced(mug, node)
    page = maya.get(portal("stock-list"), {"state": state, "q": "mug"})
    expected = {"low": ["MUG-1"], "dock": [], "coming": ["MUG-1"]}[state]
    assert [sku.code for sku in page.context["page"].items] == expected


def test_another_members_goods_are_not_there(maya: Client, node: Node) -> None:
    foreign = world.make_sku(world.make_member(), code="PRINT-7")
    world.make_stock(foreign, world.shelf_bins(node)[0], 5)
    asn = announced(foreign, node)
    for name, kwargs in (
        ("stock-detail", {"pk": foreign.pk}),
        ("sku-stock", {"pk": foreign.pk}),
        ("asn-detail", {"pk": asn.pk}),
        ("asn-label", {"pk": asn.pk}),
        ("asn-cancel", {"pk": asn.pk}),
    ):
        assert maya.get(portal(name, **kwargs)).status_code == 404
    for name in ("stock-list", "stock-csv", "asn-list", "overview-stock"):
        assert "PRINT-7" not in maya.get(portal(name)).content.decode()


def test_lists_cost_the_same_for_one_row_and_for_many(
    maya: Client, floor: Client, node: Node, mug: Sku
) -> None:
    pages = [
        (maya, portal("stock-list")),
        (maya, portal("asn-list")),
        (floor, on_floor("receive-list")),
        (floor, on_floor("putaway-list")),
        (floor, on_floor("count-list")),
        (floor, on_floor("find") + "?code=A-01-1"),
    ]
    for client, url in pages:
        client.get(url)

    def fill() -> None:
        for _ in range(5):
            sku = world.make_sku(mug.member)
            stock = world.make_stock(sku, world.shelf_bins(node)[0], 5)
            open_count(places=[Place.of(stock)], reason="x")
            asn = announced(sku, node)
            receive(asn=asn, receipts=[Receiving(asn.lines.get().pk, 2)])

    fill()
    counts = [_queries(client, url) for client, url in pages]
    fill()
    assert [_queries(client, url) for client, url in pages] == counts


def _queries(client: Client, url: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)
