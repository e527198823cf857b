"""The calendars as pages: a node's days, a season; each leads to its cause, and asks as many questions for a year as for a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coop.kernel import clock
from coop.models import Member, Node, Sku
from coop.nodes import services as nodes
from fulfillment.capacity import services as capacity
from fulfillment.drops import services as drops
from fulfillment.drops.models import CycleRun
from tests import world

NOON = dt.datetime(2027, 3, 15, 12, tzinfo=dt.UTC)  # a Monday


@pytest.fixture(autouse=True)
def _march() -> Any:
    with clock.at(NOON):
        yield


@pytest.fixture
def node(db: None) -> Node:
    node = world.make_node(slug="kreuzberg")
    world.make_pools(node, docks=12, picks=100)
    return node


@pytest.fixture
def ines(node: Node) -> Client:
    user = world.make_user("ines@example.com")
    world.make_staff(user, "operator", node)
    return world.client_of(user)


@pytest.fixture
def mug(member: Member) -> Sku:
    return world.make_sku(member, code="MUG-1")


def floor(**query: Any) -> str:
    return (
        reverse("floor:calendar", kwargs={"node": "kreuzberg"})
        + "?"
        + "&".join(f"{k}={v}" for k, v in query.items())
    )


def season(**query: Any) -> str:
    return (
        reverse("portal:calendar", kwargs={"member": "tidehouse"})
        + "?"
        + "&".join(f"{k}={v}" for k, v in query.items())
    )


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def days(page: Any) -> dict[dt.date, Any]:
    return {day.day: day for week in page.context["weeks"] for day in week}


def test_an_empty_node_says_so(ines: Client) -> None:
    page = ines.get(floor()).content.decode()
    assert "Nothing is planned in these weeks" in page


def test_a_drop_is_on_its_days_with_the_way_to_its_cause(ines: Client, node: Node, mug: Sku) -> None:
    drop = world.make_drop(mug, node, 150, title="Spring glazes", burst_days=2)
    asn = drops.announce_goods(drop=drop, leg=drop.legs.get())
    page = ines.get(floor())
    html = page.content.decode()
    found = days(page)
    run = drop.legs.get().run
    dock_day, opening = run.dock_from.astimezone(node.zone).date(), drop.opens_at.astimezone(node.zone).date()
    assert {h.kind for h in found[dock_day].happenings} == {"run", "dock", "asn"}
    assert {h.kind for h in found[opening].happenings} >= {"drop", "burst"}
    assert found[opening].load.booked == 75
    assert reverse("floor:drop-detail", kwargs={"node": "kreuzberg", "pk": drop.pk}) in html
    assert reverse("floor:receive", kwargs={"node": "kreuzberg", "pk": asn.pk}) in html
    assert "75 of 100, " in html


def test_orders_that_are_promised_count_beside_the_bookings(
    ines: Client, node: Node, member: Member, mug: Sku
) -> None:
    order = world.make_allocated_order(member, node, {mug: 130})
    assert order.ship_by is not None
    day = order.ship_by.astimezone(node.zone).date()
    page = ines.get(floor())
    load = days(page)[day].load
    assert (load.promised, load.booked, load.over) == (130, 0, 30)
    assert "1 day with more picks than the node does in a day" in page.content.decode()


def test_closures_stand_in_their_days(ines: Client, node: Node) -> None:
    nodes.close_on(node=node, days=[dt.date(2027, 3, 19)], reason="Easter clean", by=None)
    page = ines.get(floor())
    assert days(page)[dt.date(2027, 3, 19)].closed == "Easter clean"
    assert "Closed: Easter clean" in page.content.decode()


@pytest.mark.parametrize("asked", ["never", "0001-01-01", "9999-12-31", "2027-02-30"])
def test_a_day_that_is_none_shows_a_calendar_all_the_same(
    ines: Client, maya: Client, node: Node, asked: str
) -> None:
    assert ines.get(floor(**{"from": asked, "weeks": "many"})).status_code == 200
    assert maya.get(season(**{"from": asked})).status_code == 200


def test_weeks_begin_on_monday_and_are_as_many_as_asked(ines: Client) -> None:
    page = ines.get(floor(**{"from": "2027-03-25", "weeks": 8}))
    assert [week[0].day for week in page.context["weeks"]][:2] == [dt.date(2027, 3, 22), dt.date(2027, 3, 29)]
    assert len(page.context["weeks"]) == 8


def test_a_longer_and_fuller_calendar_asks_no_more(ines: Client, node: Node, mug: Sku) -> None:
    world.make_drop(mug, node, 20)
    few = queries(ines, floor(weeks=2))
    for n in range(4):
        drop = world.make_drop(world.make_sku(world.make_member()), node, 20, title=f"Drop {n}")
        drops.announce_goods(drop=drop, leg=drop.legs.get())
    assert queries(ines, floor(weeks=13)) == few


def test_a_drop_at_this_node_has_its_page_and_at_another_none(ines: Client, node: Node, mug: Sku) -> None:
    here, there = world.make_drop(mug, node, 20, title="Here"), world.make_node(slug="mitte")
    elsewhere = world.make_drop(world.make_sku(mug.member), there, 20)
    url = reverse("floor:drop-detail", kwargs={"node": "kreuzberg", "pk": here.pk})
    page = ines.get(url).content.decode()
    assert "Here" in page
    assert "dock 08:00–12:00" in page
    assert (
        ines.get(reverse("floor:drop-detail", kwargs={"node": "kreuzberg", "pk": elsewhere.pk})).status_code
        == 404
    )


def test_an_empty_season_asks_to_plan_a_drop(maya: Client, node: Node) -> None:
    assert "Nothing is planned or booked in these weeks" in maya.get(season()).content.decode()


def test_a_season_says_what_must_be_done_by_when(maya: Client, node: Node, member: Member, mug: Sku) -> None:
    drop = world.make_drop(
        mug, node, 20, title="Spring glazes", preorders_from=clock.now() + dt.timedelta(hours=1)
    )
    pool = world.make_pool(node, storage_class="cold")
    day = clock.today(node.timezone) + dt.timedelta(days=9)
    [held] = capacity.book(
        member=member, asks=[capacity.Ask(pool, 2, day, day)], hold_for=dt.timedelta(minutes=15)
    )
    page = maya.get(season())
    found = page.context["season"]
    assert [(d.kind, d.pk) for d in found.deadlines] == [("confirm", held.pk), ("announce", drop.pk)]
    assert found.gaps == 1
    assert {b.kind for b in found.bands} == {"drop", "hold"}
    kinds = {m.kind for month in found.months for m in month.moments}
    assert kinds == {"announce", "dock", "opens", "preorders", "hold"}
    drops.announce_goods(drop=drop, leg=drop.legs.get())
    assert maya.get(season()).context["season"].gaps == 0


def test_a_goods_deadline_that_passed_is_late(maya: Client, node: Node, mug: Sku) -> None:
    drop = world.make_drop(mug, node, 20)
    with clock.at(drop.legs.get().run.announce_by + dt.timedelta(minutes=1)):
        [todo] = maya.get(season()).context["season"].deadlines
    assert todo.late


def test_a_season_shows_nothing_of_others_and_asks_the_same_for_more(
    maya: Client, node: Node, member: Member, mug: Sku
) -> None:
    world.make_drop(mug, node, 20, title="Mine")
    world.make_drop(world.make_sku(world.make_member()), node, 20, title="Theirs")
    few = queries(maya, season())
    assert "Theirs" not in maya.get(season()).content.decode()
    pool = world.make_pool(node, storage_class="cold")
    for n in range(5):
        world.make_drop(world.make_sku(member), node, 5, title=f"Mine {n}")
        first = clock.today(node.timezone) + dt.timedelta(days=7 * n)
        capacity.book_slots(
            member=member, pool=pool, slots=1, first_day=first, last_day=first + dt.timedelta(days=3)
        )
    assert queries(maya, season()) == few


def test_a_run_that_is_off_is_left_out(ines: Client, node: Node) -> None:
    world.make_cycle(node)
    CycleRun.objects.update(is_off=True)
    assert not any(day.happenings for day in days(ines.get(floor())).values())
