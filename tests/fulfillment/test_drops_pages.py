"""The pages of drops: the next run is proposed, an early opening is refused, the countdown runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coop import clock
from coop.models import Member, Node, Sku
from fulfillment.drops.models import CycleRun, Drop, ReplenishmentCycle
from fulfillment.drops.services import open_and_close_drops
from fulfillment.inventory.services import announce_asn
from tests import world


@pytest.fixture
def member(db: None) -> Member:
    return world.make_member(slug="tidehouse", owner=world.make_user("maya@example.com"))


@pytest.fixture
def maya(member: Member) -> Client:
    return world.client_of(member.memberships.get(role="owner").user)


@pytest.fixture
def node(db: None) -> Node:
    node = world.make_node(slug="kreuzberg", bins=1)
    world.make_pools(node)
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


def planned(run: CycleRun, opens: dt.datetime) -> dict[str, Any]:
    return {
        "run": run.pk,
        "title": "Spring glazes",
        "opens_at": opens.astimezone(run.cycle.node.zone).strftime("%Y-%m-%dT%H:%M"),
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        "lines-0-code": "MUG-1",
        "lines-0-quantity": "20",
    }


def test_the_next_run_is_proposed_in_node_time(maya: Client, run: CycleRun) -> None:
    page = maya.get(portal("drop-new"))
    assert page.context["run"] == run
    opens = run.available_from.astimezone(run.cycle.node.zone)
    assert f'value="{opens:%Y-%m-%dT%H:%M}"' in page.content.decode()


def test_a_drop_is_planned_opens_and_is_closed(maya: Client, run: CycleRun, mug: Sku) -> None:
    done = maya.post(portal("drop-new"), planned(run, run.available_from))
    drop = Drop.objects.get()
    assert done.url == portal("drop-detail", pk=drop.pk)
    assert drop.opens_at == run.available_from
    assert "Spring glazes" in maya.get(portal("drop-list")).content.decode()
    assert "Spring glazes" in maya.get(portal("overview-drops")).content.decode()
    goods = maya.get(portal("asn-new"), {"drop": drop.pk}).content.decode()
    assert 'value="MUG-1"' in goods
    world.bring_in(drop)
    with clock.at(run.available_from):
        open_and_close_drops()
        assert "Close it now" in maya.get(portal("drop-detail", pk=drop.pk)).content.decode()
        maya.post(portal("drop-close", pk=drop.pk))
    drop.refresh_from_db()
    assert drop.state == "closed"


def test_an_opening_before_the_goods_is_refused_at_its_field(maya: Client, run: CycleRun, mug: Sku) -> None:
    page = maya.post(portal("drop-new"), planned(run, run.available_from - dt.timedelta(minutes=1)))
    assert page.status_code == 422
    assert "opens_at" in page.context["form"].errors
    assert "Spring glazes" in page.content.decode()
    assert not Drop.objects.exists()


def test_a_planned_drop_is_called_off_after_asking(maya: Client, run: CycleRun, mug: Sku) -> None:
    maya.post(portal("drop-new"), planned(run, run.available_from))
    drop = Drop.objects.get()
    assert maya.get(portal("drop-cancel", pk=drop.pk)).status_code == 200
    maya.post(portal("drop-cancel", pk=drop.pk))
    drop.refresh_from_db()
    assert drop.state == "cancelled"
    assert maya.post(portal("drop-cancel", pk=drop.pk)).status_code == 409


def test_another_members_drop_is_not_there(maya: Client, run: CycleRun, mug: Sku) -> None:
    maya.post(portal("drop-new"), planned(run, run.available_from))
    drop = Drop.objects.get()
    other = world.make_member(slug="ton-werk")
    client = world.client_of(other.memberships.get().user)
    for name in ("drop-detail", "drop-cancel", "drop-close"):
        url = reverse(f"portal:{name}", kwargs={"member": "ton-werk", "pk": drop.pk})
        assert client.get(url).status_code == 404


def test_the_dock_calendar_shows_runs_and_shipments(node: Node, run: CycleRun, mug: Sku) -> None:
    user = world.make_user()
    world.make_staff(user, "operator", node)
    floor = world.client_of(user)
    asn = announce_asn(
        member=mug.member,
        node=node,
        expected_on=run.dock_from.astimezone(node.zone).date(),
        lines=[(mug, 5)],
    )
    page = floor.get(reverse("floor:dock", kwargs={"node": "kreuzberg"})).content.decode()
    assert run.cycle.name in page
    assert asn.number in page
    url = reverse("floor:cycle-new", kwargs={"node": "kreuzberg"})
    cycle = {
        "name": "Friday round",
        "rrule": "FREQ=WEEKLY;BYDAY=FR",
        "starts_on": clock.today(node.timezone).isoformat(),
        "dock_opens": "09:00",
        "dock_closes": "11:00",
        "announce_days": "1",
        "available_hours": "4",
    }
    assert floor.post(url, {**cycle, "rrule": "now and then"}).status_code == 422
    assert floor.post(url, cycle).status_code == 302
    assert ReplenishmentCycle.objects.get(name="Friday round").runs.exists()
