"""The page of slots says what is free and why not; operators set what is offered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coop import clock
from coop.models import Member, Node
from fulfillment.capacity.models import Booking, PoolDay, SlotPool
from fulfillment.capacity.services import book_slots
from tests import world


@pytest.fixture
def member(db: None) -> Member:
    return world.make_member(slug="tidehouse", owner=world.make_user("maya@example.com"))


@pytest.fixture
def maya(member: Member) -> Client:
    return world.client_of(member.memberships.get(role="owner").user)


@pytest.fixture
def node(db: None) -> Node:
    return world.make_node(slug="kreuzberg", bins=0)


@pytest.fixture
def pool(node: Node) -> SlotPool:
    return world.make_pool(node, slots=10)


@pytest.fixture
def operator(node: Node) -> Client:
    user = world.make_user("ines@example.com")
    world.make_staff(user, "operator", node)
    return world.client_of(user)


SLOTS = "/portal/tidehouse/slots/"
FLOOR = "/floor/kreuzberg/slots/"


def asked(pool: SlotPool, slots: int, first: int = 1, last: int = 3) -> dict[str, Any]:
    today = clock.today(pool.node.timezone)
    return {
        "pool": pool.pk,
        "slots": slots,
        "first_day": (today + dt.timedelta(days=first)).isoformat(),
        "last_day": (today + dt.timedelta(days=last)).isoformat(),
    }


def test_books_what_the_calendar_shows(maya: Client, pool: SlotPool) -> None:
    page = maya.get(SLOTS, asked(pool, 4))
    assert page.context["bookable"]
    assert maya.post(SLOTS, asked(pool, 4)).status_code == 302
    assert Booking.objects.get().slots == 4
    days = maya.get(SLOTS, asked(pool, 7)).context["days"]
    assert [(d.free, d.mine, d.why) for d in days] == [(6, 4, "only 6 free")] * 3


def test_a_full_day_is_refused_by_name_and_nothing_is_booked(maya: Client, pool: SlotPool) -> None:
    today = clock.today(pool.node.timezone)
    full = today + dt.timedelta(days=2)
    book_slots(member=world.make_member(), pool=pool, slots=10, first_day=full, last_day=full)
    page = maya.get(SLOTS, asked(pool, 1))
    assert [d.why for d in page.context["days"]] == ["", "all 10 taken", ""]
    refused = maya.post(SLOTS, asked(pool, 1))
    assert refused.status_code == 409
    assert f"{full:%d %b %Y} (0 free)" in refused.content.decode()
    assert Booking.objects.count() == 1


def test_slots_are_released_after_asking(maya: Client, pool: SlotPool) -> None:
    maya.post(SLOTS, asked(pool, 4))
    url = f"{SLOTS}{Booking.objects.get().pk}/release/"
    assert "Release these slots?" in maya.get(url).content.decode()
    assert Booking.objects.get().state == "booked"
    maya.post(url)
    assert Booking.objects.get().state == "released"


def test_another_members_booking_is_not_there(maya: Client, pool: SlotPool) -> None:
    today = clock.today(pool.node.timezone)
    other = book_slots(
        member=world.make_member(), pool=pool, slots=1, first_day=today, last_day=today + dt.timedelta(days=1)
    )
    assert maya.post(f"{SLOTS}{other.pk}/release/").status_code == 404
    other.refresh_from_db()
    assert other.state == "booked"


def test_nonsense_is_answered_at_its_field(maya: Client, pool: SlotPool) -> None:
    page = maya.get(SLOTS, {**asked(pool, 1), "first_day": "soon", "slots": "0"})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"first_day", "slots"}


def test_an_operator_lowers_the_capacity_but_not_below_what_is_booked(
    operator: Client, pool: SlotPool
) -> None:
    today = clock.today(pool.node.timezone)
    holder = world.make_member(slug="ton-werk")
    book_slots(member=holder, pool=pool, slots=6, first_day=today, last_day=today + dt.timedelta(days=9))
    refused = operator.post(FLOOR, asked(pool, 5))
    assert refused.status_code == 422
    assert holder.name in refused.content.decode()
    assert not PoolDay.objects.exclude(capacity=10).exists()
    assert operator.post(FLOOR, asked(pool, 6)).status_code == 302
    assert PoolDay.objects.filter(capacity=6).count() == 3
    operator.post(f"{FLOOR}pools/", {"storage_class": "cold", "slots": 4, "slot_volume_l": 30})
    assert SlotPool.objects.filter(storage_class="cold").exists()


def test_the_steward_sees_how_full_a_node_is(pool: SlotPool) -> None:
    user = world.make_user()
    world.make_staff(user, "steward")
    page = world.client_of(user).get(reverse("network:node-slots", kwargs={"pk": pool.node_id}))
    assert page.context["rows"] == [(pool, 0, 280)]
