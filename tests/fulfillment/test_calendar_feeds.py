"""Feeds for calendar programs: a secret address, the right hour over daylight saving, changes that programs notice."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar, Event

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.members.models import Membership
from coop.models import Member, Node, Sku
from coop.nodes import services as nodes
from coop.nodes.models import StaffPost
from coop.runtime.logs import without_secrets
from fulfillment.calendar import services
from fulfillment.calendar.ical import Entry, calendar_text
from fulfillment.calendar.models import CalendarFeed
from fulfillment.capacity import services as capacity
from fulfillment.drops import services as drops
from fulfillment.drops.models import CycleRun, Drop
from tests import world

BERLIN = ZoneInfo("Europe/Berlin")
NOON = dt.datetime(2027, 3, 15, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _march() -> Any:
    with clock.at(NOON):
        yield


@pytest.fixture
def node(db: None) -> Node:
    node = world.make_node(slug="kreuzberg")
    world.make_pools(node)
    return node


@pytest.fixture
def mug(member: Member) -> Sku:
    return world.make_sku(member, code="MUG-1")


def address_of(member: Member) -> str:
    owner = member.memberships.get(role="owner").user
    return reverse("calendar-feed", args=[services.make_feed(member=member, name="Phone", by=owner)[1]])


def node_address(node: Node) -> str:
    user = world.make_user()
    world.make_staff(user, "operator", node)
    return reverse("calendar-feed", args=[services.make_feed(node=node, name="Wall", by=user)[1]])


def read(url: str) -> dict[str, Event]:
    """What a calendar program makes of it: events by uid."""
    response = Client().get(url)
    assert response.status_code == 200
    calendar = Calendar.from_ical(response.content)
    events = list(calendar.walk("VEVENT"))
    assert len({str(e["uid"]) for e in events}) == len(events)
    for event in events:
        assert event["dtstart"].dt <= event["dtend"].dt
        assert {"DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "STATUS", "SUMMARY"} <= set(event)
    return {str(event["uid"]): event for event in events}


def of(kind: str, events: dict[str, Event]) -> list[Event]:
    return [event for uid, event in events.items() if uid.startswith(f"{kind}-")]


def entry(**fields: Any) -> Entry:
    opens = dt.datetime(2027, 3, 26, 9, tzinfo=BERLIN)
    defaults: dict[str, Any] = {
        "uid": "x@commonshelf",
        "title": "Drop",
        "starts": opens,
        "ends": opens + dt.timedelta(hours=1),
        "zone": BERLIN,
        "changed_at": NOON,
    }
    return Entry(**{**defaults, **fields})


def test_the_hour_on_the_wall_stays_over_daylight_saving() -> None:
    """Berlin turns its clocks on 28 March and 31 October 2027: 9:00 there is 8:00, then 7:00, then 8:00 UTC."""
    days = [dt.date(2027, 3, 26), dt.date(2027, 3, 29), dt.date(2027, 11, 2)]
    starts = [dt.datetime.combine(day, dt.time(9), tzinfo=BERLIN) for day in days]
    entries = [entry(uid=str(s), starts=s, ends=s + dt.timedelta(hours=1)) for s in starts]
    text = calendar_text("Test", entries)
    calendar = Calendar.from_ical(text)
    [zone] = calendar.walk("VTIMEZONE")
    # Read by the rules that stand in the text itself, not by those of this machine.
    local = zone.to_tz(lookup_tzid=False)
    offsets = [dt.datetime.combine(day, dt.time(9)).replace(tzinfo=local).utcoffset() for day in days]
    assert offsets == [dt.timedelta(hours=n) for n in (1, 2, 1)]
    found = sorted(event["dtstart"].dt for event in calendar.walk("VEVENT"))
    assert [moment.astimezone(dt.UTC).hour for moment in found] == [8, 7, 8]
    assert text.count(b"DTSTART;TZID=Europe/Berlin:") == 3


def test_days_end_with_the_day_after_and_words_are_escaped() -> None:
    day = dt.date(2027, 3, 26)
    title = "Mugs; bowls, and\nplates " + "ü" * 80
    text = calendar_text("Test", [entry(starts=day, ends=day, title=title)])
    [event] = Calendar.from_ical(text).walk("VEVENT")
    assert (event["dtstart"].dt, event["dtend"].dt) == (day, day + dt.timedelta(days=1))
    assert str(event["summary"]) == title
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))


def test_an_empty_calendar_is_a_calendar() -> None:
    assert Calendar.from_ical(calendar_text("Nothing yet", []))["version"] == "2.0"


def test_a_member_reads_drops_goods_and_bookings(member: Member, node: Node, mug: Sku) -> None:
    drop = world.make_drop(mug, node, 20, title="Spring glazes")
    pool = world.make_pool(node, storage_class="cold")
    first = clock.today(node.timezone) + dt.timedelta(days=3)
    booking = capacity.book_slots(
        member=member, pool=pool, slots=2, first_day=first, last_day=first + dt.timedelta(days=4)
    )
    events = read(address_of(member))
    leg = drop.legs.get()
    assert set(events) == {
        f"drop-{drop.pk}@commonshelf",
        f"announce-{leg.pk}@commonshelf",
        f"leg-{leg.pk}@commonshelf",
        f"booking-{booking.pk}@commonshelf",
    }
    opening = events[f"drop-{drop.pk}@commonshelf"]
    assert opening["dtstart"].dt == drop.opens_at
    assert str(opening["dtstart"].params["TZID"]) == "Europe/Berlin"
    assert str(opening["status"]) == "CONFIRMED"
    assert events[f"announce-{leg.pk}@commonshelf"]["dtstart"].dt == leg.run.announce_by
    lies = events[f"booking-{booking.pk}@commonshelf"]
    assert (lies["dtstart"].dt, lies["dtend"].dt) == (first, first + dt.timedelta(days=5))


def test_a_drop_that_moves_is_the_same_event_with_a_higher_sequence(
    member: Member, node: Node, mug: Sku
) -> None:
    drop = world.make_drop(mug, node, 20, title="Spring glazes")
    url = address_of(member)
    [before] = of("drop", read(url))
    _slip(drop)
    drop.refresh_from_db()
    [after] = of("drop", read(url))
    assert after["uid"] == before["uid"]
    assert after["dtstart"].dt == drop.opens_at > before["dtstart"].dt
    assert after["sequence"] > before["sequence"]
    assert after["last-modified"].dt > before["last-modified"].dt


def _slip(drop: Drop) -> None:
    """Nobody announces its goods in time."""
    with clock.at(drop.legs.get().run.announce_by + dt.timedelta(minutes=5)):
        drops.slip_drop(drop=drop, why="Nothing was announced in time.")


def test_what_was_called_off_says_so(member: Member, node: Node, mug: Sku) -> None:
    drop = world.make_drop(mug, node, 20)
    pool = world.make_pool(node, storage_class="cold")
    first = clock.today(node.timezone) + dt.timedelta(days=30)
    booking = capacity.book_slots(member=member, pool=pool, slots=2, first_day=first, last_day=first)
    url = address_of(member)
    before = read(url)
    drops.cancel_drop(drop=drop)
    capacity.release_booking(booking=booking)
    after = read(url)
    assert set(after) == set(before)
    assert {str(event["status"]) for event in before.values()} == {"CONFIRMED"}
    assert {str(event["status"]) for event in after.values()} == {"CANCELLED"}
    assert all(after[uid]["sequence"] > before[uid]["sequence"] for uid in after)


def test_a_hold_is_tentative(member: Member, node: Node) -> None:
    pool = world.make_pool(node, storage_class="cold")
    first = clock.today(node.timezone) + dt.timedelta(days=9)
    ask = capacity.Ask(pool, 2, first, first)
    capacity.book(member=member, asks=[ask], hold_for=dt.timedelta(minutes=15))
    url = address_of(member)
    [held] = of("booking", read(url))
    assert str(held["status"]) == "TENTATIVE"
    with clock.at(NOON + dt.timedelta(minutes=16)):
        [gone] = of("booking", read(url))
    assert str(gone["status"]) == "CANCELLED"


def test_a_node_reads_all_that_happens_there(node: Node, mug: Sku) -> None:
    drop = world.make_drop(mug, node, 20, title="Spring glazes")
    asn = drops.announce_goods(drop=drop, leg=drop.legs.get())
    nodes.close_on(node=node, days=[dt.date(2027, 4, 5)], reason="Easter", by=None)
    elsewhere = world.make_drop(
        world.make_sku(mug.member), world.make_node(slug="mitte"), 20, title="Elsewhere"
    )
    events = read(node_address(node))
    words = " ".join(str(event["summary"]) for event in events.values())
    assert "Drop opens: Spring glazes of Tidehouse" in words
    assert "20 picks for Spring glazes" not in words  # two burst days of ten each
    assert "10 picks for Spring glazes" in words
    assert asn.number in words
    assert "Closed: Easter" in words
    assert elsewhere.title not in words
    docks = [e for e in of("booking", events) if "dock" in str(e["summary"])]
    assert [d["dtstart"].dt.astimezone(BERLIN).time() for d in docks] == [dt.time(8)]
    assert len(of("run", events)) == CycleRun.objects.filter(cycle__node=node).count()


def test_a_run_that_is_off_is_cancelled(node: Node) -> None:
    world.make_cycle(node)
    url = node_address(node)
    before = of("run", read(url))
    CycleRun.objects.filter(pk=CycleRun.objects.order_by("dock_from")[0].pk).update(is_off=True)
    after = of("run", read(url))
    assert [str(e["status"]) for e in before].count("CANCELLED") == 0
    assert [str(e["status"]) for e in after].count("CANCELLED") == 1


def test_a_member_reads_nothing_of_others(member: Member, node: Node, mug: Sku) -> None:
    world.make_drop(mug, node, 20, title="Mine")
    world.make_drop(world.make_sku(world.make_member()), node, 20, title="Theirs")
    text = Client().get(address_of(member)).content.decode()
    assert "Mine" in text
    assert "Theirs" not in text


def test_asked_again_it_says_that_nothing_changed(member: Member, node: Node, mug: Sku) -> None:
    drop = world.make_drop(mug, node, 20)
    url, client = address_of(member), Client()
    first = client.get(url)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in first["Cache-Control"]
    with clock.at(NOON + dt.timedelta(hours=3)):
        again = client.get(url, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        drops.cancel_drop(drop=drop)
        assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_questions_stay_as_many_with_more_rows(
    member: Member, node: Node, mug: Sku, django_assert_max_num_queries: Any
) -> None:
    url = address_of(member)
    Client().get(url)  # notes that it was read
    for n in range(4):
        world.make_drop(world.make_sku(member), node, 5, title=f"Drop {n}")
    with django_assert_max_num_queries(6):
        Client().get(url)


def test_a_wrong_or_revoked_address_leads_nowhere(member: Member) -> None:
    url = address_of(member)
    assert Client().get(url).status_code == 200
    services.revoke_feed(feed=CalendarFeed.objects.get(), by=None)
    assert Client().get(url).status_code == 404
    assert Client().get(reverse("calendar-feed", args=["x" * 43])).status_code == 404
    assert Client().post(url).status_code == 405


def test_an_address_stops_when_its_maker_leaves(member: Member, node: Node) -> None:
    url, floor = address_of(member), node_address(node)
    manager = world.make_user()
    world.make_membership(member, manager, "manager")
    theirs = reverse("calendar-feed", args=[services.make_feed(member=member, name="X", by=manager)[1]])
    assert [Client().get(u).status_code for u in (url, floor, theirs)] == [200, 200, 200]
    Membership.objects.get(user=manager).delete()
    StaffPost.objects.filter(node=node).delete()
    assert [Client().get(u).status_code for u in (url, floor, theirs)] == [200, 404, 404]


def test_an_address_is_shown_once_and_kept_as_a_digest(maya: Client, member: Member) -> None:
    url = reverse("portal:feeds", kwargs={"member": "tidehouse"})
    page = maya.post(url, {"name": "Phone"})
    assert page["Cache-Control"] == "no-store"
    [token] = set(re.findall(r"/calendar/([\w-]{43})\.ics", page.content.decode()))
    feed = CalendarFeed.objects.get()
    assert feed.digest != token
    assert token not in maya.get(url).content.decode()
    assert Client().get(reverse("calendar-feed", args=[token])).status_code == 200
    feed.refresh_from_db()
    assert feed.last_read_at == NOON
    assert maya.post(url, {"name": ""}).status_code == 422
    revoke = reverse("portal:feed-revoke", kwargs={"member": "tidehouse", "feed": feed.pk})
    assert "leads nowhere" not in maya.get(revoke).content.decode()
    assert maya.post(revoke, follow=True).status_code == 200
    assert Client().get(reverse("calendar-feed", args=[token])).status_code == 404


def test_refuses_more_addresses_than_anybody_reads(member: Member) -> None:
    owner = member.memberships.get(role="owner").user
    for n in range(services.MOST_FEEDS):
        services.make_feed(member=member, name=f"{n}", by=owner)
    with pytest.raises(Invalid):
        services.make_feed(member=member, name="one more", by=owner)
    assert CalendarFeed.objects.count() == services.MOST_FEEDS


def test_a_run_that_moves_is_the_same_event_with_a_higher_sequence(node: Node) -> None:
    cycle = world.make_cycle(node)
    url = node_address(node)
    before = read(url)
    drops.change_cycle(cycle=cycle, changes={"dock_opens": dt.time(9)})
    after = read(url)
    moved = [uid for uid in before if uid.startswith("run-")]
    assert moved
    assert set(moved) == {uid for uid in after if uid.startswith("run-")}
    for uid in moved:
        assert after[uid]["dtstart"].dt == before[uid]["dtstart"].dt + dt.timedelta(hours=1)
        assert after[uid]["sequence"] > before[uid]["sequence"]


def test_a_secret_address_stands_in_no_log() -> None:
    token = "Zk3" + "x" * 40
    told = without_secrets(
        None, "info", {"request": f"GET /calendar/{token}.ics?a=1", "event": "request_started"}
    )
    assert told == {"request": "GET /calendar/….ics?a=1", "event": "request_started"}
    kept = {"request": "GET /floor/kreuzberg/calendar/feeds/?from=2027-01-01"}
    assert without_secrets(None, "info", dict(kept)) == kept
