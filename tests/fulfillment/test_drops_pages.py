"""The pages of drops for their owner: planned in steps, previewed, reserved; what is missing is named with runs that fit."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coop.kernel import clock
from coop.models import Member, Node, Sku
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.services import Ask, book
from fulfillment.drops import services
from fulfillment.drops.models import CycleRun, Drop, DropSale
from fulfillment.drops.plan.runs import next_run
from fulfillment.drops.services import open_and_close_drops
from fulfillment.inventory.models import Asn
from fulfillment.orders import services as orders
from tests import world


@pytest.fixture
def node(db: None) -> Node:
    node = world.make_node(slug="kreuzberg", bins=1)
    world.make_pools(node, docks=2)
    return node


@pytest.fixture
def run(node: Node) -> CycleRun:
    world.make_cycle(node)
    runs = CycleRun.objects.filter(announce_by__gt=clock.now()).select_related("cycle__node")
    return runs.order_by("dock_from")[0]


@pytest.fixture
def mug(member: Member) -> Sku:
    return world.make_sku(member, code="MUG-1")


def portal(name: str, **kwargs: Any) -> str:
    return reverse(f"portal:{name}", kwargs={"member": "tidehouse", **kwargs})


def wall(moment: dt.datetime, run: CycleRun) -> str:
    return moment.astimezone(run.cycle.node.zone).strftime("%Y-%m-%dT%H:%M:%S")


def typed(run: CycleRun, opens: dt.datetime | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "run": run.pk,
        "title": "Spring glazes",
        "opens_at": wall(opens or run.available_from, run),
        "on_shortfall": "slip",
        "fairness": "first_come",
        "burst_days": "2",
        "lines-kreuzberg-0-TOTAL_FORMS": 1,
        "lines-kreuzberg-0-INITIAL_FORMS": 0,
        "lines-kreuzberg-0-0-code": "MUG-1",
        "lines-kreuzberg-0-0-quantity": "20",
        **fields,
    }


def hidden(html: str, after: str = "") -> dict[str, list[str]]:
    """The hidden fields of the first form after some words: what a browser would send."""
    form = html[html.index(after) :] if after else html
    form = form[form.index("<form") : form.index("</form>")]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(value)
    return found


def taken() -> int:
    return sum(PoolDay.objects.values_list("booked", flat=True))


def fill_docks(run: CycleRun) -> None:
    """Others have all dock appointments of that day."""
    pool = SlotPool.objects.get(kind="dock")
    day = run.dock_from.astimezone(run.cycle.node.zone).date()
    book(member=world.make_member(), asks=[Ask(pool, 2, day, day)])


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_the_next_run_is_proposed_in_node_time(maya: Client, run: CycleRun) -> None:
    page = maya.get(portal("drop-new"))
    assert page.context["run"] == run
    assert f'value="{wall(run.available_from, run)}"' in page.content.decode()


def test_no_run_ahead_says_so(maya: Client, node: Node) -> None:
    assert "No run can be announced right now" in maya.get(portal("drop-new")).content.decode()


def test_the_preview_shows_what_it_reserves_and_takes_nothing(maya: Client, run: CycleRun, mug: Sku) -> None:
    opens = run.available_from + dt.timedelta(hours=1, seconds=7)
    page = maya.post(portal("drop-new"), {**typed(run, opens), "preview": "1"})
    html = page.content.decode()
    assert page.status_code == 200
    assert "dock 08:00–12:00" in html
    assert "ambient slots" in html
    assert "picks" in html
    assert "New York" in html
    assert portal("quote") in html
    assert not Drop.objects.exists()
    assert not Booking.objects.exists()
    assert taken() == 0
    done = maya.post(portal("drop-new"), {**hidden(html, "And then"), "reserve": "1"})
    drop = Drop.objects.get()
    assert done.url == portal("drop-detail", pk=drop.pk)
    assert (drop.state, drop.opens_at) == ("reserved", opens.replace(microsecond=0))
    assert taken() > 0


def test_more_rows_and_other_runs_lose_nothing_that_was_typed(maya: Client, run: CycleRun, mug: Sku) -> None:
    later = next_run(run)
    assert later is not None
    page = maya.post(portal("drop-new"), {**typed(run, buyer_limit="3"), "more": "lines-kreuzberg-0"})
    html = page.content.decode()
    assert page.status_code == 200
    assert 'value="MUG-1"' in html
    assert 'name="lines-kreuzberg-0-4-code"' in html
    page = maya.post(
        portal("drop-new"), {**typed(run, title="", buyer_limit="3"), "run": later.pk, "edit": "1"}
    )
    html = page.content.decode()
    assert page.context["run"] == later
    assert 'value="MUG-1"' in html
    assert 'value="3"' in html
    assert "field__errors" not in html


def test_other_runs_move_an_opening_that_their_goods_would_miss(
    maya: Client, run: CycleRun, mug: Sku
) -> None:
    later = next_run(run)
    assert later is not None
    sent = {**typed(run), "run": later.pk, "edit": "1"}
    page = maya.post(portal("drop-new"), sent)
    assert f'value="{wall(later.available_from, later)}"' in page.content.decode()
    late_enough = later.available_from + dt.timedelta(hours=10)
    page = maya.post(portal("drop-new"), {**sent, "opens_at": wall(late_enough, later)})
    assert f'value="{wall(late_enough, later)}"' in page.content.decode()


def test_goods_go_over_several_nodes(maya: Client, run: CycleRun, mug: Sku) -> None:
    other = world.make_node(slug="mitte", bins=1)
    world.make_pools(other)
    world.make_cycle(other)
    there = CycleRun.objects.filter(cycle__node=other, announce_by__gt=clock.now()).order_by("dock_from")[0]
    opens = max(run.available_from, there.available_from)
    sent = typed(run, opens, **{"lines-mitte-0-TOTAL_FORMS": 1, "lines-mitte-0-INITIAL_FORMS": 0,
        "lines-mitte-0-0-code": "MUG-1", "lines-mitte-0-0-quantity": "7"})  # fmt: skip
    maya.post(portal("drop-new"), {**sent, "run": [run.pk, there.pk], "reserve": "1"})
    drop = Drop.objects.get()
    assert {leg.run_id: leg.lines.get().quantity for leg in drop.legs.all()} == {run.pk: 20, there.pk: 7}
    html = maya.get(portal("drop-detail", pk=drop.pk)).content.decode()
    assert "Kreuzberg" in html
    assert "Mitte" in html


def test_what_is_missing_is_named_with_runs_one_click_away(maya: Client, run: CycleRun, mug: Sku) -> None:
    fill_docks(run)
    before = taken()
    page = maya.post(portal("drop-new"), {**typed(run), "reserve": "1"})
    html = page.content.decode()
    assert page.status_code == 409
    assert "dock 08:00–12:00" in html
    assert "(0 free)" in " ".join(html.split())
    assert not Drop.objects.exists()
    assert taken() == before
    later = next_run(run)
    assert later is not None
    fields = hidden(html, "The nearest runs")
    assert fields["run"] == [str(later.pk)]
    preview = maya.post(portal("drop-new"), {**fields, "preview": "1"})
    assert preview.status_code == 200
    maya.post(portal("drop-new"), {**fields, "reserve": "1"})
    drop = Drop.objects.get()
    assert drop.legs.get().run == later
    assert (
        drop.opens_at.astimezone(run.cycle.node.zone).time()
        == run.available_from.astimezone(run.cycle.node.zone).time()
    )


def test_a_drop_that_is_only_written_down_is_reserved_later_and_elsewhere(
    maya: Client, run: CycleRun, mug: Sku
) -> None:
    maya.post(portal("drop-new"), {**typed(run), "note": "1"})
    drop = Drop.objects.get()
    assert (drop.state, taken()) == ("planned", 0)
    fill_docks(run)
    url = portal("drop-reserve", pk=drop.pk)
    assert maya.get(url).status_code == 200
    refused = maya.post(url)
    assert refused.status_code == 409
    drop.refresh_from_db()
    assert drop.state == "planned"
    fields = hidden(refused.content.decode(), "The nearest runs")
    assert maya.post(url, {**fields, "move": "1"}).status_code == 302
    drop.refresh_from_db()
    assert drop.state == "reserved"
    assert drop.legs.get().run_id == UUID(fields[f"run-{drop.legs.get().pk}"][0])


@pytest.mark.parametrize("field", ["opens_at", "closes_at", "run"])
def test_a_choice_that_was_tampered_with_changes_nothing(
    maya: Client, run: CycleRun, mug: Sku, field: str
) -> None:
    maya.post(portal("drop-new"), {**typed(run), "note": "1"})
    drop = Drop.objects.get()
    fields = {
        f"run-{drop.legs.get().pk}": str(run.pk),
        "opens_at": drop.opens_at.isoformat(),
        "closes_at": "",
    }
    name = f"run-{drop.legs.get().pk}" if field == "run" else field
    assert (
        maya.post(portal("drop-reserve", pk=drop.pk), {**fields, name: "yesterday", "move": "1"}).status_code
        == 422
    )
    drop.refresh_from_db()
    assert (drop.state, taken()) == ("planned", 0)


def test_an_opening_before_the_goods_is_refused_at_its_field(maya: Client, run: CycleRun, mug: Sku) -> None:
    early = run.available_from - dt.timedelta(minutes=1)
    page = maya.post(portal("drop-new"), {**typed(run, early), "preview": "1"})
    assert page.status_code == 422
    assert "opens_at" in page.context["form"].errors
    assert "Spring glazes" in page.content.decode()
    assert not Drop.objects.exists()


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
