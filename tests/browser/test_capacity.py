"""Capacity in a browser: booked from the search, a hold that runs out before one's eyes, an offer taken from the list."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from coop.kernel import clock
from coop.models import Member, User
from fulfillment.capacity import services as capacity
from fulfillment.capacity.models import Booking, SlotPool, WaitlistEntry
from fulfillment.capacity.services import Ask
from tests import world
from tests.browser.conftest import SCREENSHOTS, Complaints
from tests.browser.installation import Installation
from tests.browser.story.stage import PASSWORD, Stage, fill, press, said

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = SCREENSHOTS.parent / "capacity"
SLOTS = "/portal/tidehouse/slots/"


@dataclass
class Scene:
    """Maya at her desk, and the pool she wants."""

    stage: Stage
    page: Page
    member: Member
    maya: User
    pool: SlotPool

    def day(self, ahead: int) -> dt.date:
        return clock.today(self.pool.node.timezone) + dt.timedelta(days=ahead)

    def ask(self, slots: int, first: int = 3, last: int = 9) -> Ask:
        return Ask(self.pool, slots, self.day(first), self.day(last))


@pytest.fixture
def scene(browser: Browser, site: Installation, complaints: Complaints) -> Iterator[Scene]:
    """Two nodes with shelves at 10 slots, prices, and a signed-in potter."""
    maya = world.make_user("maya@example.com", PASSWORD, name="Maya Okafor")
    member = world.make_member(slug="tidehouse", owner=maya)
    node = world.make_node(slug="kreuzberg", name="Kreuzberg corner", bins=0)
    pool = world.make_pool(node, slots=10)
    world.make_pool(
        world.make_node(
            slug="potsdam", name="Potsdam mill", city="Potsdam", latitude="52.392", longitude="13.037", bins=0
        ),
        slots=40,
    )
    world.make_rate_card(name="Co-op prices", valid_from=clock.today("UTC") - dt.timedelta(days=30))
    capacity.set_terms(node=node, kind="shelf", terms=[(14, 50)])
    PICTURES.mkdir(parents=True, exist_ok=True)
    stage = Stage(browser, site, complaints, pictures=PICTURES)
    page = stage.enter("maya")
    page.goto("/accounts/login/")
    fill(page, login=maya.email, password=PASSWORD)
    press(page, "Sign in")
    page.wait_for_url(re.compile(r"/portal/"))
    yield Scene(stage, page, member, maya, pool)
    stage.leave()


def test_room_is_found_held_booked_changed_and_given_back(scene: Scene) -> None:
    page, stage = scene.page, scene.stage
    page.goto(SLOTS)
    expect(page.get_by_text("You hold no slots.")).to_be_visible()
    page.get_by_role("link", name="Find room").first.click()
    fill(page, first_day=f"{scene.day(3)}", last_day=f"{scene.day(9)}", slots="4", near="kreuzberg")
    press(page, "Search")
    row = page.locator(f"#pool-{scene.pool.pk}")
    expect(row).to_contain_text("10 free on the worst day")
    # Seven days of four slots at 22 cents, told by another floor of the house.
    expect(row).to_contain_text("€6.16")
    row.get_by_text("Occupancy day by day").click()
    expect(row.locator("table.month")).to_be_visible()
    stage.draw(page, "found")
    row.get_by_role("button", name="Hold for 15 min").click()

    face = page.locator("[data-hold-clock]")
    expect(face).to_have_text(re.compile(r"14:\d\d"))
    expect(page.get_by_text("Held for you until")).to_be_visible()
    expect(page.locator("main")).to_contain_text("€6.16")
    stage.draw(page, "held")
    press(page, "Confirm the booking")
    said(page, "are yours")
    expect(page.locator("main")).to_contain_text("4 × ambient slots")
    stage.draw(page, "booked")

    page.get_by_role("link", name="Change").click()
    fill(page, slots="2")
    page.locator("[name=slots]").blur()
    expect(page.locator("main")).to_contain_text("€3.08 less")
    expect(page.locator("main")).to_contain_text("The terms keep a part")
    stage.draw(page, "change")
    press(page, "Change it")
    said(page, "Changed.")
    page.get_by_role("link", name="Give back").click()
    expect(page.locator("main")).to_contain_text("7 slot-days")
    stage.draw(page, "give-back")
    press(page, "Give back")
    said(page, "Given back.")
    assert Booking.objects.get().state == "released"


def test_a_hold_runs_out_before_her_eyes_and_is_held_again_with_one_click(scene: Scene) -> None:
    page, stage = scene.page, scene.stage
    [hold] = capacity.book(
        member=scene.member, asks=[scene.ask(10)], hold_for=dt.timedelta(seconds=6), by=scene.maya
    )
    page.goto(f"{SLOTS}{hold.pk}/")
    expect(page.locator("[data-hold-clock]")).to_have_text(re.compile(r"00:0\d"))
    page.get_by_role("button", name="Confirm the booking").focus()
    expect(page.get_by_text("The hold ran out.", exact=True)).to_be_visible(timeout=15_000)
    expect(page.get_by_role("button", name="Confirm the booking")).to_be_hidden()
    # Said to whoever does not see it; and who was about to press finds the next thing to press.
    expect(page.get_by_role("status").filter(has_text="Nothing is booked.")).to_be_attached()
    expect(page.get_by_role("button", name="Hold it again")).to_be_focused()
    stage.draw(page, "ran-out")
    press(page, "Hold it again")
    expect(page.locator("[data-hold-clock]")).to_have_text(re.compile(r"14:\d\d"))
    press(page, "Let go")
    said(page, "Let go.")

    # Somebody else is faster while she looks at what is free.
    page.goto(
        f"{SLOTS}find/?what=shelf-ambient&slots=10&first_day={scene.day(3)}&last_day={scene.day(9)}&near=kreuzberg"
    )
    capacity.book(member=world.make_member(), asks=[scene.ask(1)])
    with stage.expecting(409):
        page.locator(f"#pool-{scene.pool.pk}").get_by_role("button", name="Hold for 15 min").click()
        expect(page.get_by_text("whoever came first has them")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Potsdam mill")
    stage.draw(page, "too-late")


def test_an_offer_from_the_waiting_list_is_taken(scene: Scene) -> None:
    page, stage = scene.page, scene.stage
    other = world.make_member(slug="secret-house")
    [theirs] = capacity.book(member=other, asks=[scene.ask(8)])
    page.goto(
        f"{SLOTS}find/?what=shelf-ambient&slots=6&first_day={scene.day(3)}&last_day={scene.day(9)}&near=kreuzberg"
    )
    row = page.locator(f"#pool-{scene.pool.pk}")
    expect(row).to_contain_text("Short on")
    row.get_by_role("button", name="Join the waiting list").click()
    expect(page.locator("main")).to_contain_text("Your place in the queue")
    stage.draw(page, "waiting")

    capacity.release_bookings(bookings=[theirs])
    link = stage.link_for("maya@example.com", r"/portal/tidehouse/slots/waiting/[^\s]+")
    page.goto(link)
    expect(page.locator("[data-hold-clock]")).to_have_text(re.compile(r"23:\d\d:\d\d"))
    stage.draw(page, "offer")
    page.goto("/portal/tidehouse/")
    expect(page.locator("main")).to_contain_text("An offer waits for you")
    page.goto(link)
    press(page, "Take it")
    said(page, "are yours")
    entry = WaitlistEntry.objects.select_related("offer").get()
    assert entry.offer is not None
    assert (entry.state, entry.offer.state) == ("taken", "booked")
    assert "secret" not in page.content()
