"""Operators say what is offered and on what terms; nobody is overbooked or shut out silently. Stewards let a booking pass."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coop.kernel import clock
from coop.models import Closure, Node
from fulfillment.capacity.models import Booking, CancellationTerm, PoolDay, SlotPool, TierOverride
from fulfillment.capacity.services import book_slots, open_pool
from fulfillment.models import Activity
from tests import world
from tests.fulfillment.capacity_kit import later

FLOOR = "/floor/kreuzberg/slots/"
EVERY_DAY = {day: (dt.time(8), dt.time(18)) for day in range(7)}


@pytest.fixture
def node(db: None) -> Node:
    return world.make_node(slug="kreuzberg", bins=0, week=EVERY_DAY)


@pytest.fixture
def operator(node: Node) -> Client:
    user = world.make_user("ines@example.com")
    world.make_staff(user, "operator", node)
    return world.client_of(user)


@pytest.fixture
def steward(db: None) -> Client:
    user = world.make_user("johanna@example.com")
    world.make_staff(user, "steward")
    return world.client_of(user)


def span(node: Node, first: int, last: int, **more: Any) -> dict[str, Any]:
    today = clock.today(node.timezone)
    return {
        "first_day": (today + dt.timedelta(days=first)).isoformat(),
        "last_day": (today + dt.timedelta(days=last)).isoformat(),
        **more,
    }


def book(pool: SlotPool, slots: int, first: int, last: int, **fields: Any) -> Booking:
    today = clock.today(pool.node.timezone)
    return book_slots(
        member=fields.pop("member", None) or world.make_member(),
        pool=pool,
        slots=slots,
        first_day=today + dt.timedelta(days=first),
        last_day=today + dt.timedelta(days=last),
        **fields,
    )


def test_fewer_than_are_booked_asks_whose_bookings_go_and_changes_nothing_before(
    operator: Client, pool: SlotPool
) -> None:
    early, late = book(pool, 6, 1, 5), book(pool, 3, 2, 3)
    url = f"{FLOOR}{pool.pk}/"
    ask = span(pool.node, 2, 2, slots=7, reason="Two bays are painted")
    asked = operator.post(url, ask)
    assert asked.status_code == 409
    assert [one.booking for one in asked.context["affected"]] == [late]
    said = asked.content.decode()
    assert late.member.name in said
    assert early.member.name not in asked.context["affected"]
    assert not PoolDay.objects.exclude(capacity=10).filter(pool=pool).exists()
    done = operator.post(url, {**ask, "displacing": [late.pk]})
    assert done.status_code == 302
    day = PoolDay.objects.get(pool=pool, capacity=7)
    assert (day.booked, day.note) == (6, "Two bays are painted")


def test_a_booking_of_another_node_is_never_displaced(operator: Client, pool: SlotPool) -> None:
    mine = book(pool, 6, 1, 5)
    elsewhere = book(world.make_pool(world.make_node(bins=0)), 3, 1, 1)
    ask = span(pool.node, 2, 2, slots=1, reason="Paint", displacing=[elsewhere.pk])
    assert operator.post(f"{FLOOR}{pool.pk}/", ask).status_code == 409
    assert operator.post(f"{FLOOR}{pool.pk}/", {**ask, "displacing": ["x"]}).status_code == 409
    for booking in (mine, elsewhere):
        booking.refresh_from_db()
        assert booking.state == "booked"


def test_the_pools_of_a_node_cost_the_same_whatever_is_booked(operator: Client, pool: SlotPool) -> None:
    operator.get(FLOOR)  # a connection prepares its statements once
    with CaptureQueriesContext(connection) as few:
        operator.get(FLOOR)
    for storage_class in ("cold", "oversize"):
        book(world.make_pool(pool.node, storage_class=storage_class), 2, 1, 20)
    book(pool, 4, 1, 20)
    with CaptureQueriesContext(connection) as many:
        page = operator.get(FLOOR)
    assert len(few) == len(many)
    assert len(page.context["pools"]) == 4  # the tier's SKU places among them
    assert operator.get(f"{FLOOR}{pool.pk}/", {"month": "2020-01"}).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "shelf", "storage_class": ""}, "storage_class"),
        ({"kind": "dock", "opens_at": "12:00", "closes_at": "08:00"}, "closes_at"),
        ({"kind": "dock"}, "closes_at"),
        ({"kind": "table", "slots": "0"}, "slots"),
    ],
)
def test_a_pool_that_makes_no_sense_is_refused_at_its_field(
    operator: Client, wrong: dict[str, str], field: str
) -> None:
    page = operator.post(f"{FLOOR}new/", {"slots": 4, **wrong})
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not SlotPool.objects.exists()


def test_shelves_of_one_zone_are_booked_apart(operator: Client, node: Node, pool: SlotPool) -> None:
    zone = node.zones.get(code="A")
    told = {"kind": "shelf", "storage_class": "ambient", "zone": zone.pk, "slots": 4}
    assert operator.post(f"{FLOOR}new/", told).status_code == 302
    own = SlotPool.objects.get(zone=zone)
    assert (own.label, own.slots) == ("ambient slots (zone A)", 4)
    refused = operator.post(f"{FLOOR}new/", {**told, "storage_class": "cold"})
    assert refused.status_code == 422
    assert "Zone A is ambient" in refused.content.decode()
    elsewhere = world.make_node(bins=0).zones.get(code="A")
    assert operator.post(f"{FLOOR}new/", {**told, "zone": elsewhere.pk}).status_code == 422
    assert SlotPool.objects.filter(kind="shelf").count() == 2


def test_docks_and_tables_are_offered_like_shelves(operator: Client, node: Node) -> None:
    dock = {"kind": "dock", "slots": 2, "opens_at": "08:00", "closes_at": "10:00", "equipment": "Pallet jack"}
    assert operator.post(f"{FLOOR}new/", dock).status_code == 302
    assert operator.post(f"{FLOOR}new/", dock).status_code == 409
    operator.post(f"{FLOOR}new/", {"kind": "table", "slots": 3})
    operator.post(f"{FLOOR}new/", {"kind": "shelf", "storage_class": "cold", "slots": 5, "slot_volume_l": 30})
    assert [p.label for p in node.slot_pools.exclude(kind="assortment")] == [
        "dock 08:00–10:00",
        "cold slots",
        "pop-up tables",
    ]


def test_closing_a_day_asks_about_the_dock_and_leaves_the_shelves(operator: Client, pool: SlotPool) -> None:
    dock = open_pool(node=pool.node, kind="dock", slots=2, opens_at=dt.time(8), closes_at=dt.time(10))
    shelf, van = book(pool, 5, 1, 9), book(dock, 1, 3, 3)
    ask = span(pool.node, 3, 3, reason="Inventory")
    asked = operator.post(f"{FLOOR}closed/", ask)
    assert asked.status_code == 409
    assert [one.booking for one in asked.context["affected"]] == [van]
    assert not Closure.objects.exists()
    assert operator.post(f"{FLOOR}closed/", {**ask, "displacing": [van.pk]}).status_code == 302
    van.refresh_from_db()
    shelf.refresh_from_db()
    assert (van.state, shelf.state) == ("released", "booked")
    assert "Inventory" in operator.get(f"{FLOOR}closed/").content.decode()
    operator.post(f"{FLOOR}closed/{Closure.objects.get().pk}/open/")
    assert not Closure.objects.exists()
    assert PoolDay.objects.filter(pool=dock, capacity=2).count() == 1


def test_terms_are_set_in_words_that_members_read(operator: Client, node: Node) -> None:
    def lines(*pairs: tuple[str, str]) -> dict[str, str]:
        data = {"term-TOTAL_FORMS": str(len(pairs)), "term-INITIAL_FORMS": "0"}
        for n, (days, share) in enumerate(pairs):
            data |= {f"term-{n}-notice_days": days, f"term-{n}-share_percent": share}
        return data

    url = f"{FLOOR}terms/shelf/"
    assert operator.post(url, lines(("14", "50"), ("3", "100"), ("", ""))).status_code == 302
    said = operator.get(FLOOR).content.decode()
    assert "Given back less than 14 days before, 50\u00a0% of the day is billed." in said
    for wrong in (lines(("14", "")), lines(("0", "5")), lines(("7", "50"), ("7", "60"))):
        assert operator.post(url, wrong).status_code == 422
    assert CancellationTerm.objects.filter(node=node).count() == 2
    operator.post(url, lines(("", "")))
    assert not CancellationTerm.objects.exists()
    assert operator.get(f"{FLOOR}terms/assortment/").status_code == 404


def test_who_came_today_is_noted_once_and_billed(operator: Client, node: Node) -> None:
    with later():
        table = open_pool(node=node, kind="table", slots=3)
        today, tomorrow = book(table, 1, 0, 0), book(table, 1, 1, 1)
        page = operator.get(f"{FLOOR}today/")
        assert page.context["bookings"] == [today]
        for _ in range(2):
            operator.post(f"{FLOOR}today/{today.pk}/")
        today.refresh_from_db()
        assert today.used_at is not None
        assert Activity.objects.filter(kind="table").count() == 1
        assert operator.post(f"{FLOOR}today/{tomorrow.pk}/").status_code in (409, 422)
        tomorrow.refresh_from_db()
        assert tomorrow.used_at is None


def test_an_empty_node_says_so(operator: Client, node: Node) -> None:
    assert "This node offers no slots yet." in operator.get(FLOOR).content.decode()
    assert "Nobody has the dock" in operator.get(f"{FLOOR}today/").content.decode()
    assert "No closed days ahead." in operator.get(f"{FLOOR}closed/").content.decode()


def test_the_steward_sees_how_full_a_node_is(steward: Client, pool: SlotPool) -> None:
    page = steward.get(reverse("network:node-slots", kwargs={"pk": pool.node_id}))
    assert (pool, 0, 280) in page.context["rows"]


def test_a_steward_lets_a_booking_pass_with_a_reason_that_stays(steward: Client) -> None:
    small = world.make_pool(world.make_node(tier="same_day", bins=0), slots=100)
    member = world.make_member()
    ask = {"member": member.pk, "pool": small.pk, "slots": 5, "skus": 60, **span(small.node, 1, 3)}
    url = "/network/slots/overrides/"
    assert "No booking was let past a limit." in steward.get(url).content.decode()
    refused = steward.post(f"{url}new/", ask)
    assert refused.status_code == 422
    assert "reason" in refused.context["form"].errors
    assert not Booking.objects.exists()
    assert steward.post(f"{url}new/", {**ask, "reason": "Tiny stickers, one drawer"}).status_code == 302
    assert TierOverride.objects.get().skus_over == 11
    said = steward.get(url).content.decode()
    assert "Tiny stickers, one drawer" in said
    assert member.name in said
