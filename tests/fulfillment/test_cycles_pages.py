"""The dock's days and its cycles: who comes, what is expected, and whose drops a change would break."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coop.kernel import clock
from coop.models import Node, Sku
from fulfillment.drops.models import CycleRun, Drop, ReplenishmentCycle
from fulfillment.inventory.services import announce_asn
from tests import world


@pytest.fixture
def node(db: None) -> Node:
    node = world.make_node(slug="kreuzberg", bins=1)
    world.make_pools(node)
    world.make_cycle(node)
    return node


@pytest.fixture
def ines(node: Node) -> Client:
    user = world.make_user("ines@example.com")
    world.make_staff(user, "operator", node)
    return world.client_of(user)


@pytest.fixture
def mug(node: Node) -> Sku:
    return world.make_sku(world.make_member(slug="tidehouse"), code="MUG-1")


@pytest.fixture
def cycle(node: Node) -> ReplenishmentCycle:
    return ReplenishmentCycle.objects.get()


def floor(name: str, **kwargs: Any) -> str:
    return reverse(f"floor:{name}", kwargs={"node": "kreuzberg", **kwargs})


def told(cycle: ReplenishmentCycle, **fields: Any) -> dict[str, Any]:
    return {
        "name": cycle.name,
        "rrule": cycle.rrule,
        "starts_on": cycle.starts_on.isoformat(),
        "dock_opens": cycle.dock_opens.strftime("%H:%M"),
        "dock_closes": cycle.dock_closes.strftime("%H:%M"),
        "announce_days": cycle.announce_days,
        "available_hours": cycle.available_hours,
        **fields,
    }


def test_the_dock_shows_runs_appointments_and_shipments(ines: Client, node: Node, mug: Sku) -> None:
    drop = world.make_drop(mug, node, 20, title="Spring glazes")
    run = drop.legs.get().run
    asn = announce_asn(
        member=mug.member, node=node, expected_on=run.dock_from.astimezone(node.zone).date(), lines=[(mug, 5)]
    )
    page = ines.get(floor("dock")).content.decode()
    assert CycleRun.objects.all()[0].cycle.name in page
    assert asn.number in page
    assert "08:00–12:00" in page
    assert floor("drop-detail", pk=drop.pk) in page
    assert "They are here" not in page
    with clock.at(run.dock_from):
        assert "They are here" in ines.get(floor("dock")).content.decode()


def test_a_picker_sees_the_dock_without_the_operators_buttons(node: Node, mug: Sku) -> None:
    world.make_drop(mug, node, 20)
    user = world.make_user()
    world.make_staff(user, "picker", node)
    page = world.client_of(user).get(floor("dock"))
    assert page.status_code == 200
    assert floor("cycle-list") not in page.content.decode()


def test_a_cycle_is_set(ines: Client, node: Node, cycle: ReplenishmentCycle) -> None:
    friday = told(cycle, name="Friday round", rrule="FREQ=WEEKLY;BYDAY=FR")
    assert ines.post(floor("cycle-new"), {**friday, "rrule": "now and then"}).status_code == 422
    assert ReplenishmentCycle.objects.count() == 1
    assert ines.post(floor("cycle-new"), friday).status_code == 302
    assert ReplenishmentCycle.objects.get(name="Friday round").runs.exists()
    assert "Friday round" in ines.get(floor("cycle-list")).content.decode()


def test_a_change_that_breaks_nothing_is_done(ines: Client, cycle: ReplenishmentCycle) -> None:
    url = floor("cycle-change", cycle=cycle.pk)
    assert ines.get(url).status_code == 200
    assert ines.post(url, told(cycle, name="")).status_code == 422
    assert ines.post(url, told(cycle, dock_closes="13:00")).status_code == 302
    cycle.refresh_from_db()
    assert cycle.dock_closes.hour == 13


def test_a_change_names_the_drops_it_would_break_and_asks(
    ines: Client, node: Node, mug: Sku, cycle: ReplenishmentCycle
) -> None:
    drop = world.make_drop(mug, node, 20, title="Spring glazes")
    url = floor("cycle-change", cycle=cycle.pk)
    sent = told(cycle, rrule="FREQ=WEEKLY;BYDAY=TH")
    page = ines.post(url, sent)
    assert page.status_code == 409
    assert "Spring glazes" in page.content.decode()
    cycle.refresh_from_db()
    assert cycle.rrule == "FREQ=WEEKLY;BYDAY=TU"
    assert Drop.objects.get().opens_at == drop.opens_at
    assert ines.post(url, {**sent, "accept": "1"}).status_code == 302
    cycle.refresh_from_db()
    assert cycle.rrule == "FREQ=WEEKLY;BYDAY=TH"
    assert drop.legs.get().run.dock_from.astimezone(node.zone).weekday() == 3


def test_a_cycle_is_retired_after_asking_twice(
    ines: Client, node: Node, mug: Sku, cycle: ReplenishmentCycle
) -> None:
    drop = world.make_drop(mug, node, 20, title="Spring glazes")
    url = floor("cycle-retire", cycle=cycle.pk)
    assert ines.get(url).status_code == 200
    assert ines.post(url).status_code == 409
    cycle.refresh_from_db()
    assert cycle.is_active
    assert ines.post(url, {"accept": "1"}).status_code == 302
    cycle.refresh_from_db()
    drop.refresh_from_db()
    assert (cycle.is_active, drop.state) == (False, "planned")
    assert "retired" in ines.get(floor("cycle-list")).content.decode()
