"""The steward: opens the co-op, sets up its node, its prices and its people, and lets a creator in."""

from __future__ import annotations

import datetime as dt

from playwright.sync_api import Page

from tests.browser.story.stage import PASSWORD, Stage, fill, follow, press, said

STEWARD = "stella@commonshelf.example"
STAFF = {
    "operator": "otto@commonshelf.example",
    "picker": "pia@commonshelf.example",
    "accountant": "ada@commonshelf.example",
}
PRICES = {
    "receive": "0.18", "putaway": "0.09", "storage": "0.11", "pick": "0.42", "pack": "1.15", "carton": "0.65",
    "ship": "4.35", "count": "0.60",
}  # fmt: skip


def open_the_coop(stage: Stage, link: str) -> Page:
    """By the one-time link; it works once."""
    page = stage.enter("steward")
    page.goto(link)
    stage.draw(page, "steward-opens-the-coop")
    fill(page, email=STEWARD, name="Stella Brandt", password=PASSWORD)
    press(page, "Become the steward")
    said(page, "You are a steward of the co-op.")
    stage.draw(page, "steward-home-empty")
    return page


def set_up_node(stage: Stage, page: Page) -> None:
    """A node with zones, a week, shelves and a cart."""
    page.goto("/network/nodes/new/")
    fill(
        page, name="Neukölln yard", code="NKN", slug="neukoelln", tier="same_day", area_m2=140,
        about="A former bakery. Ring at the yard gate.", street="Weserstraße 7", postcode="12047", city="Berlin",
        country="DE", latitude="52.487300", longitude="13.430900", timezone="Europe/Berlin", cutoff_at="15:00",
        reach_m=9000,
    )  # fmt: skip
    page.get_by_label("Cold").check()
    stage.draw(page, "steward-new-node")
    press(page, "Set up the node")
    said(page, "It has no opening hours yet.")
    hours = page.locator("form[action$='/hours/']")
    for day in range(7):
        hours.locator(f"[name=opens_{day}]").fill("08:00")
        hours.locator(f"[name=closes_{day}]").fill("18:00")
    press(page, "Set the week")
    said(page, "The week is set.")
    page.get_by_text("Lay out more bins").click()
    fill(page, "form[action$='/bins/']", aisles=2, bays=3, levels=2)
    press(page, "Lay out")
    said(page, "The bins are laid out.")
    page.get_by_text("Add a cart", exact=True).click()
    fill(page, "form[action$='/carts/']", code="CART-1", totes=12)
    press(page, "Add the cart")
    said(page, "The cart is there.")
    stage.draw(page, "steward-node")
    follow(page, "Bin labels")
    said(page, "A-01-1")
    stage.draw(page, "steward-bin-labels")


def set_prices(stage: Stage, page: Page, first_day: dt.date) -> None:
    """The rate card in force from the first of the month."""
    page.goto("/network/rate-cards/new/")
    fill(page, name="Founding prices", valid_from=first_day.isoformat())
    priced: set[str] = set()
    for row in page.locator("tbody tr").all():
        kind = row.locator("select[name$='-kind']").input_value()
        if kind not in priced:
            row.locator("[name$='-unit_price']").fill(PRICES.get(kind, "0.50"))
            priced.add(kind)
    stage.draw(page, "steward-new-rate-card")
    press(page, "Put it in force")
    said(page, "is in force from")
    stage.draw(page, "steward-rate-card")


def post_staff(stage: Stage, page: Page) -> None:
    """Nobody has an account yet: each gets a letter with a link."""
    for role, address in STAFF.items():
        page.goto("/network/staff/")
        fill(page, "form.form", email=address, role=role)
        if role != "accountant":
            page.locator("select[name=node]").select_option(label="Neukölln yard")
        press(page, "Give the post")
        said(page, address)
    stage.draw(page, "steward-staff")


def come_in(stage: Stage, role: str, name: str, *, phone: bool = False) -> Page:
    """Somebody who was posted opens their letter."""
    page = stage.enter(role, phone=phone)
    page.goto(stage.link_for(STAFF[role], "/invitation/"))
    if role == "operator":
        stage.draw(page, "operator-invitation")
    fill(page, name=name, password=PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "/invitation/" not in url)
    return page


def approve(stage: Stage, page: Page, business: str) -> None:
    """The application is read and approved with a word."""
    page.goto("/network/")
    stage.draw(page, "steward-home-somebody-waits")
    follow(page, business)
    fill(page, "form[action$='/approve/']", note="Welcome! Your first shelf is waiting in Neukölln.")
    stage.draw(page, "steward-application")
    press(page, "Approve")
    said(page, f"{business} is a member.")
    page.goto("/network/members/")
    stage.draw(page, "steward-members")
