"""The waiting list as its members see it: a place without names, an offer with its time, and what comes of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coop.kernel import clock
from coop.models import Member
from fulfillment.capacity import services
from fulfillment.capacity.models import Booking, SlotPool, WaitlistEntry
from fulfillment.capacity.services import Ask, book_slots, join_waitlist
from tests import world

WAITING = "/portal/tidehouse/slots/waiting/"


@pytest.fixture
def pool(db: None) -> SlotPool:
    return world.make_pool(world.make_node(slug="kreuzberg", bins=0), slots=10)


@pytest.fixture
def days(pool: SlotPool) -> tuple[dt.date, dt.date]:
    today = clock.today(pool.node.timezone)
    return today + dt.timedelta(days=5), today + dt.timedelta(days=6)


@pytest.fixture
def theirs(pool: SlotPool, days: tuple[dt.date, dt.date]) -> Booking:
    """Somebody has it all."""
    return book_slots(
        member=world.make_member(slug="secret-house"),
        pool=pool,
        slots=10,
        first_day=days[0],
        last_day=days[1],
    )


def asked(pool: SlotPool, days: tuple[dt.date, dt.date], slots: int = 4) -> dict[str, Any]:
    return {
        "pool": pool.pk,
        "slots": slots,
        "first_day": days[0].isoformat(),
        "last_day": days[1].isoformat(),
    }


def test_her_place_is_told_without_anybodys_name(
    maya: Client, pool: SlotPool, days: tuple[dt.date, dt.date], theirs: Booking
) -> None:
    other = world.make_member(slug="first-in-line")
    join_waitlist(member=other, ask=Ask(pool, 9, days[0], days[0]))
    joined = maya.post(f"{WAITING}join/", asked(pool, days))
    page = maya.get(joined["Location"])
    assert page.context["place"] == 2
    said = page.content.decode()
    assert "first-in-line" not in said.casefold()
    assert "secret" not in said.casefold()
    listed = maya.get(WAITING).context["rows"]
    assert [(entry.slots, place) for entry, place, _ in listed] == [(4, 2)]


def test_who_waits_for_other_days_is_not_before_her(
    maya: Client, pool: SlotPool, days: tuple[dt.date, dt.date], theirs: Booking
) -> None:
    later = days[1] + dt.timedelta(days=3)
    rest = world.make_member()
    book_slots(member=rest, pool=pool, slots=10, first_day=later, last_day=later)
    join_waitlist(member=world.make_member(), ask=Ask(pool, 1, later, later))
    joined = maya.post(f"{WAITING}join/", asked(pool, days))
    assert maya.get(joined["Location"]).context["place"] == 1


def test_an_offer_is_taken_from_its_page(
    maya: Client, pool: SlotPool, days: tuple[dt.date, dt.date], theirs: Booking
) -> None:
    url = maya.post(f"{WAITING}join/", asked(pool, days))["Location"]
    services.release_booking(booking=theirs)
    page = maya.get(url)
    assert 86_000 < page.context["left_s"] <= 86_400
    assert "Take it" in page.content.decode()
    booked = maya.post(f"{url}take/")
    mine = Booking.objects.get(member__slug="tidehouse")
    assert booked["Location"].endswith(f"/slots/{mine.pk}/")
    assert (mine.state, WaitlistEntry.objects.get().state) == ("booked", "taken")
    assert "You took the offer." in maya.get(url).content.decode()


def test_an_offer_passed_on_goes_to_the_next(
    maya: Client, pool: SlotPool, days: tuple[dt.date, dt.date], theirs: Booking
) -> None:
    url = maya.post(f"{WAITING}join/", asked(pool, days, 8))["Location"]
    join_waitlist(member=world.make_member(), ask=Ask(pool, 8, days[0], days[1]))
    services.release_booking(booking=theirs)
    assert "Pass the offer on?" in maya.get(f"{url}pass/").content.decode()
    maya.post(f"{url}pass/")
    assert list(WaitlistEntry.objects.order_by("joined_at").values_list("state", flat=True)) == [
        "withdrawn",
        "offered",
    ]


def test_an_offer_that_ran_out_says_so_and_books_nothing(
    maya: Client, pool: SlotPool, days: tuple[dt.date, dt.date], theirs: Booking
) -> None:
    url = maya.post(f"{WAITING}join/", asked(pool, days))["Location"]
    services.release_booking(booking=theirs)
    with clock.at(clock.now() + dt.timedelta(hours=25)):
        assert "The offer ran out." in maya.get(url).content.decode()
        assert maya.post(f"{url}take/").status_code == 409
        services.end_run_out_holds()
        assert "The offer ran out." in maya.get(url).content.decode()
    assert not Booking.objects.filter(member__slug="tidehouse", state="booked").exists()


def test_the_list_is_left_after_asking(
    maya: Client, pool: SlotPool, days: tuple[dt.date, dt.date], theirs: Booking
) -> None:
    url = maya.post(f"{WAITING}join/", asked(pool, days))["Location"]
    assert "Leave the waiting list?" in maya.get(f"{url}pass/").content.decode()
    assert WaitlistEntry.objects.get().state == "waiting"
    maya.post(f"{url}pass/")
    assert WaitlistEntry.objects.get().state == "withdrawn"
    assert "You wait for nothing." in maya.get(WAITING).content.decode()
    assert len(maya.get(WAITING, {"when": "over"}).context["rows"]) == 1


def test_who_need_not_wait_is_told_and_can_hold_it(
    maya: Client, pool: SlotPool, days: tuple[dt.date, dt.date]
) -> None:
    refused = maya.post(f"{WAITING}join/", asked(pool, days))
    assert refused.status_code == 409
    assert "No need to wait" in refused.content.decode()
    assert not WaitlistEntry.objects.exists()
    assert maya.post(f"{WAITING}join/", {"slots": "x"}).status_code == 422


def test_a_long_list_costs_the_same(
    maya: Client, member: Member, pool: SlotPool, days: tuple[dt.date, dt.date], theirs: Booking
) -> None:
    counts = []
    for many in (range(1, 3), range(3, 11)):
        for slots in many:
            join_waitlist(member=member, ask=Ask(pool, slots, days[0], days[1]))
        with CaptureQueriesContext(connection) as seen:
            maya.get(WAITING)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_another_members_wish_is_not_there(
    maya: Client, pool: SlotPool, days: tuple[dt.date, dt.date], theirs: Booking
) -> None:
    entry = join_waitlist(member=world.make_member(), ask=Ask(pool, 1, days[0], days[1]))
    assert maya.get(f"{WAITING}{entry.pk}/").status_code == 404
    for what in ("take/", "pass/"):
        assert maya.post(f"{WAITING}{entry.pk}/{what}").status_code == 404
    assert WaitlistEntry.objects.get().state == "waiting"
