"""What tests of the pages of drops share: what an owner types, and what a page holds."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coop.kernel import clock
from coop.models import Member, Node, Sku
from fulfillment.capacity.models import PoolDay, SlotPool
from fulfillment.capacity.services import Ask, book
from fulfillment.drops.models import CycleRun
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
