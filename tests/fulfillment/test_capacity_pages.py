"""A member's pages of capacity: finding room, holding, confirming, changing and giving back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coop.kernel import clock
from coop.models import Member, Node
from fulfillment.capacity import services
from fulfillment.capacity.models import Booking, SlotPool, WaitlistEntry
from fulfillment.capacity.services import Ask, book, book_slots
from tests import world

pytestmark = pytest.mark.node(slug="kreuzberg", bins=0)


SLOTS = "/portal/tidehouse/slots/"


def day(node: Node, ahead: int) -> dt.date:
    return clock.today(node.timezone) + dt.timedelta(days=ahead)


def asked(pool: SlotPool, slots: int, first: int = 1, last: int = 3, **more: Any) -> dict[str, Any]:
    return {
        "pool": pool.pk,
        "slots": slots,
        "first_day": day(pool.node, first).isoformat(),
        "last_day": day(pool.node, last).isoformat(),
        **more,
    }


def wanted(pool: SlotPool, slots: int, **more: Any) -> dict[str, Any]:
    ask = asked(pool, slots)
    del ask["pool"]
    return {"what": f"shelf-{pool.storage_class}", **ask, **more}


def say(client: Client, url: str, data: dict[str, Any] | None = None, status: int = 200) -> str:
    page = client.get(url, data or {})
    assert page.status_code == status, page.content.decode()
    return page.content.decode()


# --- Finding -------------------------------------------------------------------------------------------------------


def test_what_the_search_shows_free_can_be_held_and_is_booked_by_confirming(
    maya: Client, pool: SlotPool
) -> None:
    page = maya.get(f"{SLOTS}find/", wanted(pool, 4))
    [result] = page.context["results"]
    assert (result.hit.pool_id, result.hit.free, result.hit.fits) == (pool.pk, 10, True)
    held = maya.post(f"{SLOTS}hold/", asked(pool, 4))
    booking = Booking.objects.get()
    assert held["Location"] == f"{SLOTS}{booking.pk}/"
    assert booking.state == "held"
    assert "Confirm the booking" in say(maya, held["Location"])
    maya.post(f"{SLOTS}{booking.pk}/confirm/")
    booking.refresh_from_db()
    assert booking.state == "booked"


def test_what_is_full_says_on_which_days_and_offers_the_waiting_list(maya: Client, pool: SlotPool) -> None:
    full = day(pool.node, 2)
    book_slots(member=world.make_member(), pool=pool, slots=8, first_day=full, last_day=full)
    said = say(maya, f"{SLOTS}find/", wanted(pool, 4))
    assert f"{full:%a} {full.day} {full:%b}" in said
    assert "Join the waiting list" in said
    assert "Hold for 15 min" not in said


def test_who_comes_late_is_told_when_it_was_taken_and_what_else_there_is(
    maya: Client, pool: SlotPool
) -> None:
    other = world.make_member(slug="secret-house")
    book_slots(member=other, pool=pool, slots=8, first_day=day(pool.node, 2), last_day=day(pool.node, 2))
    elsewhere = world.make_pool(world.make_node(slug="far", name="Far away", bins=0))
    refused = maya.post(f"{SLOTS}hold/", asked(pool, 4))
    assert refused.status_code == 409
    assert not Booking.objects.filter(member__slug="tidehouse").exists()
    said = refused.content.decode()
    assert "(only 2 free)" in said
    assert "were taken at" in said
    assert "secret" not in said.casefold()
    assert refused.context["better"].pool_id == elsewhere.pk
    assert "Join the waiting list" in said


def test_over_the_tier_the_better_node_is_named_with_one_click_to_it(maya: Client) -> None:
    small = world.make_pool(world.make_node(slug="small", tier="same_day", bins=0), slots=100)
    world.make_pool(world.make_node(slug="hall", name="The hall", tier="hub", bins=0), slots=100)
    said = say(maya, f"{SLOTS}find/", wanted(small, 5, skus=60))
    assert "Room for 49 more SKUs" in said
    assert "The hall may hold them" in said
    assert "near=The+hall" in said
    refused = maya.post(f"{SLOTS}hold/", asked(small, 5, skus=60))
    assert refused.status_code == 409
    assert refused.context["better"].node_name == "The hall"
    assert not Booking.objects.exists()


def test_distances_go_to_the_place_asked_for_or_to_her_buyers(
    maya: Client, member: Member, pool: SlotPool
) -> None:
    far = world.make_node(
        slug="potsdam", city="Potsdam", latitude=Decimal("52.39"), longitude=Decimal("13.04"), bins=0
    )
    world.make_pool(far)
    world.make_sku(member, code="MUG")
    world.make_order(
        member,
        {"MUG": 1},
        allocate=False,
        city="Teltow",
        latitude=Decimal("52.40"),
        longitude=Decimal("13.05"),
    )
    first = maya.get(f"{SLOTS}find/", wanted(pool, 1)).context["results"][0]
    assert (first.hit.node_slug, first.hit.distance_m) == ("potsdam", 1303)
    page = maya.get(f"{SLOTS}find/", wanted(pool, 1, near="kreuzberg"))
    assert page.context["results"][0].hit.distance_m == 0
    assert maya.get(f"{SLOTS}find/", wanted(pool, 1, near="Teltow")).context["place"].label == "Teltow"
    assert "is no node" in say(maya, f"{SLOTS}find/", wanted(pool, 1, near="Atlantis"))


def test_another_members_parcels_are_no_place_of_hers(maya: Client, pool: SlotPool) -> None:
    other = world.make_member()
    world.make_sku(other, code="MUG")
    world.make_order(
        other, {"MUG": 1}, allocate=False, city="Bali", latitude=Decimal(1), longitude=Decimal(2)
    )
    assert maya.get(f"{SLOTS}find/", wanted(pool, 1, near="Bali")).context["place"] is None


def test_many_places_cost_as_many_queries_as_few_and_come_in_pages(maya: Client, pool: SlotPool) -> None:
    maya.get(f"{SLOTS}find/", wanted(pool, 1))
    with CaptureQueriesContext(connection) as few:
        maya.get(f"{SLOTS}find/", wanted(pool, 1))
    for _ in range(14):
        world.make_pool(world.make_node(bins=0))
    with CaptureQueriesContext(connection) as many:
        page = maya.get(f"{SLOTS}find/", wanted(pool, 1))
    assert len(few) == len(many)
    assert (len(page.context["results"]), page.context["found"]) == (12, 15)
    following = maya.get(f"{SLOTS}find/?{page.context['next_query']}")
    assert len(following.context["results"]) == 3


def test_nonsense_is_answered_at_its_field(maya: Client, pool: SlotPool) -> None:
    page = maya.get(f"{SLOTS}find/", {**wanted(pool, 0), "first_day": "soon"})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"first_day", "slots"}
    page = maya.post(f"{SLOTS}hold/", {"slots": "x"})
    assert page.status_code == 422
    assert not Booking.objects.exists()


def test_without_any_node_the_search_says_so(maya: Client) -> None:
    assert "No node offers this yet" in say(maya, f"{SLOTS}find/")


# --- Holding -------------------------------------------------------------------------------------------------------


def test_a_hold_that_ran_out_says_so_and_is_held_again_with_one_click(
    maya: Client, member: Member, pool: SlotPool
) -> None:
    with clock.at(clock.now() - dt.timedelta(minutes=16)):
        maya.post(f"{SLOTS}hold/", asked(pool, 10))
    old = Booking.objects.get()
    said = say(maya, f"{SLOTS}{old.pk}/")
    assert "The hold ran out." in said
    assert 'data-hold="' not in said
    # Confirming too late books nothing, and leads back to where it is said.
    assert maya.post(f"{SLOTS}{old.pk}/confirm/")["Location"] == f"{SLOTS}{old.pk}/"
    assert "Nothing is booked; see what is free" in say(maya, f"{SLOTS}{old.pk}/")
    assert Booking.objects.get().state == "held"
    again = maya.post(f"{SLOTS}{old.pk}/again/")
    new = Booking.objects.exclude(pk=old.pk).get()
    assert again["Location"] == f"{SLOTS}{new.pk}/"
    assert (new.state, new.slots) == ("held", 10)


def test_what_was_let_go_in_another_tab_is_not_confirmed(maya: Client, pool: SlotPool) -> None:
    held = maya.post(f"{SLOTS}hold/", asked(pool, 10))["Location"]
    maya.post(f"{held}release/")
    say(maya, held)
    assert maya.post(f"{held}confirm/")["Location"] == held
    assert "It was given back at" in say(maya, held)
    assert Booking.objects.get().state == "released"


@pytest.mark.parametrize("first", ["9999-12-31", "9999-12-27", "2099-01-01"])
def test_nobody_plans_for_a_day_too_far_ahead(maya: Client, pool: SlotPool, first: str) -> None:
    days = {"first_day": first, "last_day": first}
    refused = maya.post(f"{SLOTS}hold/", {**asked(pool, 10), **days})
    assert (refused.status_code, Booking.objects.count()) == (422, 0)
    assert "two years ahead" in refused.content.decode()
    found = maya.get(f"{SLOTS}find/", {"what": "shelf-ambient", "slots": "1", **days})
    assert "two years ahead" in found.content.decode()


def test_holding_again_what_still_holds_leads_to_it(maya: Client, pool: SlotPool) -> None:
    held = maya.post(f"{SLOTS}hold/", asked(pool, 10))["Location"]
    assert maya.post(f"{held}again/")["Location"] == held
    assert Booking.objects.count() == 1


def test_holding_again_says_when_somebody_was_faster(maya: Client, pool: SlotPool) -> None:
    with clock.at(clock.now() - dt.timedelta(minutes=16)):
        maya.post(f"{SLOTS}hold/", asked(pool, 10))
    old = Booking.objects.get()
    ask = Ask(pool, 1, old.first_day, old.last_day)
    book(member=world.make_member(), asks=[ask])
    refused = maya.post(f"{SLOTS}{old.pk}/again/")
    assert refused.status_code == 409
    assert "were taken at" in refused.content.decode()


def test_the_page_of_a_hold_says_its_end_in_the_nodes_zone(maya: Client) -> None:
    far = world.make_node(slug="lisbon", timezone="Europe/Lisbon", bins=0)
    maya.post(f"{SLOTS}hold/", asked(world.make_pool(far), 1))
    page = maya.get(f"{SLOTS}{Booking.objects.get().pk}/")
    assert 890 <= page.context["left_s"] <= 900
    assert "WET" in page.content.decode() or "WEST" in page.content.decode()


def test_a_hold_is_let_go_at_once(maya: Client, pool: SlotPool) -> None:
    maya.post(f"{SLOTS}hold/", asked(pool, 10))
    maya.post(f"{SLOTS}{Booking.objects.get().pk}/release/")
    assert Booking.objects.get().state == "released"
    assert maya.get(f"{SLOTS}find/", wanted(pool, 10)).context["results"][0].hit.fits


# --- My bookings -----------------------------------------------------------------------------------------------------


def test_bookings_are_told_apart_by_what_day_it_is_at_the_node(
    maya: Client, member: Member, pool: SlotPool
) -> None:
    node = pool.node
    with clock.at(clock.now() - dt.timedelta(days=10)):
        over = book_slots(member=member, pool=pool, slots=1, first_day=day(node, 0), last_day=day(node, 2))
        use = book_slots(member=member, pool=pool, slots=1, first_day=day(node, 0), last_day=day(node, 30))
    ahead = book_slots(member=member, pool=pool, slots=1, first_day=day(node, 5), last_day=day(node, 9))
    maya.post(f"{SLOTS}hold/", asked(pool, 1))
    held = Booking.objects.get(state="held")
    found = {
        when: [booking for booking, _ in maya.get(SLOTS, {"when": when}).context["rows"]]
        for when in ("", "held", "in_use", "upcoming", "over")
    }
    assert found == {
        "": [use, held, ahead],
        "held": [held],
        "in_use": [use],
        "upcoming": [ahead],
        "over": [over],
    }


def test_a_long_list_has_pages_and_costs_the_same(maya: Client, member: Member, pool: SlotPool) -> None:
    def make(count: int) -> None:
        ask = Ask(pool, 1, day(pool.node, 1), day(pool.node, 1))
        book(member=member, asks=[ask] * count)

    services.set_capacity(pool=pool, first=day(pool.node, 1), last=day(pool.node, 1), slots=100)
    make(2)
    with CaptureQueriesContext(connection) as few:
        maya.get(SLOTS)
    make(58)
    with CaptureQueriesContext(connection) as many:
        page = maya.get(SLOTS)
    assert len(few) == len(many)
    assert len(page.context["rows"]) == 50
    assert page.context["page"].next_url


def test_an_empty_list_leads_to_the_search(maya: Client) -> None:
    assert "You hold no slots." in say(maya, SLOTS)
    assert "Nothing here." in say(maya, SLOTS, {"when": "over"})


def test_one_booking_shows_its_days_and_who_changed_what(
    maya: Client, member: Member, pool: SlotPool
) -> None:
    maya.post(f"{SLOTS}hold/", asked(pool, 4))
    url = f"{SLOTS}{Booking.objects.get().pk}/"
    maya.post(f"{url}confirm/")
    page = maya.get(url)
    assert [d.mine for d in page.context["days"]] == [4, 4, 4]
    told = page.context["events"]
    assert told[0]["what"] == "State held → booked"
    assert told[0]["by"] == str(member.memberships.get(role="owner").user)


def test_a_booking_grows_or_stays_as_it_is(maya: Client, member: Member, pool: SlotPool) -> None:
    booking = book_slots(
        member=member, pool=pool, slots=4, first_day=day(pool.node, 1), last_day=day(pool.node, 3)
    )
    url = f"{SLOTS}{booking.pk}/change/"
    refused = maya.post(url, asked(pool, 11, 1, 5))
    assert refused.status_code == 409
    assert "slots" in refused.context["form"].errors
    booking.refresh_from_db()
    assert (booking.slots, booking.last_day) == (4, day(pool.node, 3))
    assert maya.post(url, asked(pool, 10, 1, 5)).status_code == 302
    booking.refresh_from_db()
    assert (booking.slots, booking.last_day) == (10, day(pool.node, 5))


def test_late_notice_is_said_before_anything_is_given_back(
    maya: Client, member: Member, pool: SlotPool
) -> None:
    services.set_terms(node=pool.node, kind="shelf", terms=[(14, 50)])
    booking = book_slots(
        member=member, pool=pool, slots=4, first_day=day(pool.node, 1), last_day=day(pool.node, 3)
    )
    url = f"{SLOTS}{booking.pk}/"
    said = say(maya, f"{url}release/")
    assert "6" in said
    assert "slot-days" in said
    assert "Given back less than 14 days before, 50\u00a0% of the day is billed." in said
    assert "slot-days" in say(maya, f"{url}change/kept/", asked(pool, 2))
    assert "Nothing is kept for this change." in say(maya, f"{url}change/kept/", asked(pool, 5))
    booking.refresh_from_db()
    assert booking.state == "booked"
    maya.post(f"{url}release/")
    booking.refresh_from_db()
    assert booking.state == "released"
    assert booking.kept.get().quantity == 6


def test_what_is_asked_before_giving_back_refuses_what_giving_back_would(
    maya: Client, member: Member, pool: SlotPool
) -> None:
    last = {"slots": 4, "first_day": day(pool.node, 0), "last_day": day(pool.node, 0)}
    booking = book_slots(member=member, pool=pool, **last)
    url = f"{SLOTS}{booking.pk}/release/"
    asked_first, pressed = maya.get(url), maya.post(url)
    assert (asked_first.status_code, pressed.status_code) == (409, 409)
    for page in (asked_first, pressed):
        assert "there is nothing left to release" in page.content.decode()
    ahead = book_slots(
        member=member, pool=pool, slots=1, first_day=day(pool.node, 1), last_day=day(pool.node, 1)
    )
    url = f"{SLOTS}{ahead.pk}/release/"
    assert "giving back is free now" in say(maya, url)
    maya.post(url)
    assert maya.get(url).status_code == 409


def test_no_skus_at_all_is_no_answer(maya: Client, pool: SlotPool) -> None:
    assert maya.get(f"{SLOTS}find/", wanted(pool, 1, skus=0)).status_code == 422
    refused = maya.post(f"{SLOTS}hold/", asked(pool, 1, skus=0))
    assert refused.status_code == 422
    assert "greater than or equal to 1" in refused.content.decode()
    assert not Booking.objects.exists()
    assert maya.post(f"{SLOTS}hold/", asked(pool, 1, skus="")).status_code == 302
    assert Booking.objects.get().skus == 1


def test_another_members_booking_is_not_there(maya: Client, pool: SlotPool) -> None:
    other = book_slots(
        member=world.make_member(),
        pool=pool,
        slots=1,
        first_day=day(pool.node, 1),
        last_day=day(pool.node, 2),
    )
    for what in ("", "release/", "change/", "change/kept/"):
        assert maya.get(f"{SLOTS}{other.pk}/{what}").status_code == 404
    for what in ("release/", "change/", "confirm/", "again/"):
        assert maya.post(f"{SLOTS}{other.pk}/{what}").status_code == 404
    other.refresh_from_db()
    assert other.state == "booked"


# --- The first page ------------------------------------------------------------------------------------------------


def test_the_first_page_says_what_waits_for_an_answer(maya: Client, member: Member, pool: SlotPool) -> None:
    url = "/portal/tidehouse/overview/slots/"
    assert "You hold no slots." in say(maya, url)
    first, last = day(pool.node, 2), day(pool.node, 3)
    theirs = book_slots(member=world.make_member(), pool=pool, slots=10, first_day=first, last_day=last)
    services.join_waitlist(member=member, ask=Ask(pool, 3, first, last), by=None)
    services.release_booking(booking=theirs)
    assert WaitlistEntry.objects.get().state == "offered"
    assert "An offer waits for you" in say(maya, url)
    assert "An offer waits for your answer." in say(maya, SLOTS)
