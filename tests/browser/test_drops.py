"""A drop in a browser: planned in steps, reserved, slipped because its goods are late, opened, sold; and its calendars."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from coop.kernel import clock
from coop.models import Member, Node, OutboxMessage, Sku, User
from fulfillment.drops import services
from fulfillment.drops.models import Drop
from fulfillment.orders import services as orders
from tests import world
from tests.browser.conftest import SCREENSHOTS, Complaints
from tests.browser.installation import Installation
from tests.browser.story.stage import PASSWORD, Stage, fill, follow, press, said
from tests.browser.test_pages import AXE, COLOURS, WCAG

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = SCREENSHOTS.parent / "drops"
PORTAL = "/portal/tidehouse"
FLOOR = "/floor/kreuzberg"


@dataclass
class Scene:
    """Maya the potter and Ines the operator, each at a desk."""

    stage: Stage
    maya: Page
    ines: Page
    member: Member
    node: Node
    mug: Sku

    def look(self, page: Page, name: str) -> None:
        """Draw the page as it stands, and let axe judge it in both themes."""
        self.stage.draw(page, name)
        page.evaluate(AXE)
        for theme, rules in (("light", WCAG), ("dark", COLOURS)):
            page.emulate_media(color_scheme=theme)
            found = page.evaluate(
                "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(r => r.violations)",
                rules,
            )
            for one in found:
                where = "; ".join(str(node["target"][0]) for node in one["nodes"][:3])
                self.stage.complaints.found.append(f"{page.url} ({theme}): {one['id']} at {where}")
        page.emulate_media(color_scheme="light")


@pytest.fixture
def scene(browser: Browser, site: Installation, complaints: Complaints) -> Iterator[Scene]:
    maya = world.make_user("maya@example.com", PASSWORD, name="Maya Okafor")
    member = world.make_member(slug="tidehouse", owner=maya)
    node = world.make_node(slug="kreuzberg", name="Kreuzberg corner", bins=2)
    world.make_pools(node, docks=4, picks=120)
    world.make_cycle(node, name="Tuesday round")
    ines = world.make_user("ines@example.com", PASSWORD, name="Ines Roth")
    world.make_staff(ines, "operator", node)
    world.make_rate_card(name="Co-op prices", valid_from=clock.today("UTC") - dt.timedelta(days=30))
    PICTURES.mkdir(parents=True, exist_ok=True)
    stage = Stage(browser, site, complaints, pictures=PICTURES)
    yield Scene(
        stage,
        _come_in(stage, "maya", maya),
        _come_in(stage, "ines", ines),
        member,
        node,
        world.make_sku(member, code="MUG-1", title="Mug in spring glaze"),
    )
    stage.leave()


def _come_in(stage: Stage, name: str, user: User) -> Page:
    page = stage.enter(name)
    page.goto("/accounts/login/")
    fill(page, login=user.email, password=PASSWORD)
    press(page, "Sign in")
    page.wait_for_url(re.compile(r"/(portal|floor)/"))
    return page


def test_a_drop_is_scheduled_slips_opens_and_sells(scene: Scene) -> None:
    drop = _schedule(scene)
    _slips(scene, drop)
    _opens_and_sells(scene, drop)
    _calendars(scene, drop)


def _schedule(scene: Scene) -> Drop:
    page = scene.maya
    page.goto(f"{PORTAL}/drops/")
    expect(page.get_by_text("A drop opens when its goods are on the shelf.")).to_be_visible()
    scene.look(page, "list-empty")
    page.goto(f"{PORTAL}/calendar/")
    scene.look(page, "season-empty")
    page.goto(f"{PORTAL}/drops/new/")
    scene.look(page, "plan")
    fill(
        page,
        "main form.form",
        title="Spring glazes",
        story="Two hundred mugs in a new glaze.",
        buyer_limit="4",
    )
    page.locator("[name='lines-kreuzberg-0-0-code']").fill("MUG-1")
    page.locator("[name='lines-kreuzberg-0-0-quantity']").fill("200")
    opens = page.locator("[name=opens_at]")
    earliest = dt.datetime.fromisoformat(opens.input_value())
    opens.fill((earliest + dt.timedelta(hours=10, seconds=30)).isoformat())
    page.locator("[name=preorders_from]").fill((earliest - dt.timedelta(days=1)).isoformat())
    press(page, "See what it will reserve")
    # 120 a day are what the node picks: 200 in two days fit.
    expect(page.locator("main")).to_contain_text("dock 08:00–12:00")
    expect(page.locator("main")).to_contain_text("For buyers elsewhere")
    expect(page.locator(".quote").first).to_be_visible()
    scene.look(page, "preview")
    press(page, "Change something")
    page.locator("[name=burst_days]").fill("1")
    with scene.stage.expecting(409):
        press(page, "See what it will reserve")
        expect(page.locator("main")).to_contain_text("(120 free)")
        scene.look(page, "nothing-fits")
    press(page, "Change something")
    page.locator("[name=burst_days]").fill("2")
    press(page, "See what it will reserve")
    press(page, "Reserve all of it")
    said(page, "Spring glazes is reserved.")
    scene.look(page, "reserved")
    return Drop.objects.get()


def _slips(scene: Scene, drop: Drop) -> None:
    """Nobody announces anything; when the goods should be available, the drop slips by a week."""
    page, run = scene.maya, drop.legs.get().run
    url = page.url
    page.goto(f"{PORTAL}/drops/{drop.pk}/slip/")
    scene.look(page, "slip-asks")
    with clock.at(run.available_from + dt.timedelta(minutes=1)):
        assert services.check_cutoffs() == 1
    page.goto(url)
    expect(page.locator("main")).to_contain_text("It opens 7 days later.")
    scene.look(page, "slipped")
    # Written in time to come, so it leaves then.
    told = OutboxMessage.objects.filter(topic="drops.mail", payload__what="house_slipped")
    assert {message.payload["to"] for message in told} == {"maya@example.com", "ines@example.com"}
    drop.refresh_from_db()
    follow(page, "Announce its goods")
    scene.look(page, "announce")
    fill(page, parcels="8")
    press(page, "Announce them")
    said(page, "is announced.")


def _opens_and_sells(scene: Scene, drop: Drop) -> None:
    page = scene.maya
    drop = Drop.objects.get()
    world.bring_in(drop)
    page.goto(f"{PORTAL}/drops/{drop.pk}/")
    expect(page.locator("main")).to_contain_text("All its goods are in.")
    scene.look(page, "received")
    channel = orders.open_channel(member=scene.member, kind="form", name="Shop")
    with clock.at(drop.opens_at):
        services.open_drop(drop=drop)
    for hour, buyers in enumerate((38, 9, 4, 2)):
        with clock.at(drop.opens_at + dt.timedelta(hours=hour, minutes=1)):
            buyer = f"buyer{hour}-"
            sold = [
                world.order_input({"MUG-1": 3}, buyer_email=f"{buyer}{n}@example.com") for n in range(buyers)
            ]
            services.sell(drop=drop, orders=sold, channel=channel)
    page.reload()
    expect(page.locator("main")).to_contain_text("live")
    expect(page.get_by_role("figure")).to_be_visible()
    scene.look(page, "live")
    follow(page, "All sales")
    expect(page.locator("main tbody tr")).to_have_count(50)
    scene.look(page, "sales")
    page.goto(f"{PORTAL}/drops/{drop.pk}/close/")
    scene.look(page, "close-asks")
    press(page, "Close it")
    said(page, "Spring glazes is closed.")
    page.goto(f"{PORTAL}/drops/")
    scene.look(page, "list")


def _calendars(scene: Scene, drop: Drop) -> None:
    page, ines = scene.maya, scene.ines
    world.make_drop(world.make_sku(scene.member, code="BOWL-1"), scene.node, 60, title="Autumn bowls")
    world.make_drop(world.make_sku(world.make_member(), code="MAP-1"), scene.node, 130, title="City maps")
    page.goto(f"{PORTAL}/calendar/")
    expect(page.locator("main")).to_contain_text("Announce the goods of Autumn bowls")
    scene.look(page, "season")
    follow(page, "Subscribe")
    fill(page, name="Maya's phone")
    press(page, "Make the address")
    expect(page.locator("[data-copy]")).to_have_value(re.compile(r"/calendar/[\w-]{43}\.ics$"))
    scene.look(page, "address")
    ines.goto(f"{FLOOR}/calendar/")
    expect(ines.locator("main")).to_contain_text("City maps")
    scene.look(ines, "node-calendar")
    ines.locator(".happening--drop a").first.click()
    scene.look(ines, "floor-drop")
    ines.goto(f"{FLOOR}/dock/")
    scene.look(ines, "dock")
    follow(ines, "Cycles (1)")
    scene.look(ines, "cycles")
    follow(ines, "Tuesday round")
    fill(ines, rrule="FREQ=WEEKLY;BYDAY=TH")
    with scene.stage.expecting(409):
        press(ines, "Change it")
        expect(ines.locator("main")).to_contain_text("City maps")
        scene.look(ines, "cycle-in-use")
    press(ines, "Change Tuesday round all the same")
    said(ines, "everyone concerned is told.")
