"""A month of a pool with every day's reason, and a series that is looked at before it is booked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from coop.kernel import clock
from coop.models import Node
from fulfillment.capacity import services
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.capacity.services import book_slots
from tests import world

SLOTS = "/portal/tidehouse/slots/"


@pytest.fixture
def pool(db: None) -> SlotPool:
    return world.make_pool(world.make_node(slug="kreuzberg", bins=0), slots=10)


def day(node: Node, ahead: int) -> dt.date:
    return clock.today(node.timezone) + dt.timedelta(days=ahead)


def say(client: Client, url: str) -> str:
    page = client.get(url)
    assert page.status_code == 200
    return page.content.decode()


def test_the_calendar_says_of_each_day_why_it_is_not_free(maya: Client, pool: SlotPool) -> None:
    node = pool.node
    first = (day(node, 0).replace(day=1) + dt.timedelta(days=40)).replace(day=10)
    other = world.make_member()
    book_slots(member=other, pool=pool, slots=10, first_day=first, last_day=first)
    services.set_capacity(
        pool=pool,
        first=first + dt.timedelta(days=1),
        last=first + dt.timedelta(days=1),
        slots=0,
        reason="The floor is painted",
    )
    url = f"{SLOTS}calendar/{pool.pk}/"
    page = maya.get(url, {"month": f"{first:%Y-%m}", "slots": "4"})
    days = {d.day: d for week in page.context["weeks"] for d in week if d}
    assert len(days) >= 28
    assert days[first].why
    assert days[first + dt.timedelta(days=1)].why
    assert not days[first + dt.timedelta(days=2)].why
    assert "The floor is painted" in page.content.decode()
    assert other.name not in page.content.decode()
    panel = maya.get(url, {"month": f"{first:%Y-%m}"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in panel
    assert maya.get(url, {"month": "nonsense", "slots": "x"}).status_code == 200


def series(pool: SlotPool, slots: int = 2) -> dict[str, Any]:
    return {
        "title": "Market",
        "pool": pool.pk,
        "first_day": day(pool.node, 1).isoformat(),
        "days": 2,
        "every": "FREQ=WEEKLY",
        "until": day(pool.node, 21).isoformat(),
        "slots": slots,
    }


def test_a_series_is_looked_at_first_and_then_booked_whole(maya: Client, pool: SlotPool) -> None:
    page = maya.get(f"{SLOTS}series/", series(pool))
    assert [len(one.clashes) for one in page.context["times"]] == [0, 0, 0]
    assert not Booking.objects.exists()
    booked = maya.post(f"{SLOTS}series/", series(pool))
    assert Booking.objects.filter(state="booked").count() == 3
    said = say(maya, booked["Location"])
    assert "The series" in said
    assert "Market" in say(maya, SLOTS)


def test_a_clash_is_marked_and_then_nothing_of_the_series_is_booked(maya: Client, pool: SlotPool) -> None:
    taken = day(pool.node, 8)
    book_slots(member=world.make_member(), pool=pool, slots=9, first_day=taken, last_day=taken)
    page = maya.get(f"{SLOTS}series/", series(pool))
    assert [len(one.clashes) for one in page.context["times"]] == [0, 1, 0]
    assert page.context["clashes"] == 1
    refused = maya.post(f"{SLOTS}series/", series(pool))
    assert refused.status_code == 409
    assert Booking.objects.count() == 1
    assert maya.post(f"{SLOTS}series/", {**series(pool), "until": "2020-01-01"}).status_code == 422
