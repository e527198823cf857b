"""The creator: joins, lists her goods, says how they are packed, books a shelf, plans a drop and sends the goods."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.story.stage import PASSWORD, Stage, fill, follow, press, said

GRETA = "greta@lune.example"
BUSINESS = "Lune ceramics"
MEMBER = "lune-ceramics"
HOME = f"/portal/{MEMBER}"
# What a Shopify product export looks like: a row per variant, blanks continue the product above.
PRODUCTS = [
    ["Handle", "Title", "Vendor", "Published", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Grams",
     "Variant Price", "Variant Requires Shipping", "Variant Barcode", "Gift Card"],
    ["tide-bowl", "Tide bowl", "Lune", "true", "Glaze", "Sea", "BOWL-SEA", "640", "32.00", "true", "", "false"],
    ["tide-bowl", "", "", "", "", "Sand", "BOWL-SAND", "640", "32.00", "true", "", ""],
    ["dune-plate", "Dune plate", "Lune", "true", "Title", "Default Title", "PLATE-1", "820", "28.50", "true", "", "false"],
]  # fmt: skip


def apply_and_sign_up(stage: Stage) -> Page:
    """She writes her application first; the account is made on the way, and what she wrote waits."""
    page = stage.enter("creator")
    page.goto("/")
    stage.draw(page, "public-home")
    page.goto("/nodes/neukoelln/")
    stage.draw(page, "public-node")
    page.goto("/apply/")
    fill(
        page, business_name=BUSINESS, trade="stoneware", parcels_a_month=120,
        about="I throw mugs and bowls in a backyard in Neukölln and sell them in three drops a year.",
        legal_name="Greta Lune", street="Karl-Marx-Straße 88", postcode="12043", city="Berlin", country="DE",
    )  # fmt: skip
    stage.draw(page, "creator-applies")
    press(page, "Go on: make an account")
    said(page, "Your application is kept.")
    fill(page, name="Greta Lune", email=GRETA, password1=PASSWORD, password2=PASSWORD)
    stage.draw(page, "creator-signs-up")
    press(page, "Make my account")
    said(page, "We have sent you a link.")
    stage.draw(page, "creator-look-into-your-mail")
    page.goto(stage.link_for(GRETA, "/accounts/confirm-email/"))
    stage.draw(page, "creator-confirms-mail")
    press(page, "Yes, it is mine")
    page.wait_for_url(lambda url: "confirm-email" not in url)
    if "/accounts/login/" in page.url:
        fill(page, login=GRETA, password=PASSWORD)
        press(page, "Sign in")
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
    page.goto("/apply/")
    said(page, "We kept what you typed.")
    press(page, "Send my application")
    said(page, "We have your application.")
    stage.draw(page, "creator-application-sent")
    return page


def see_that_she_is_in(stage: Stage, page: Page) -> None:
    """A letter says so; her new home leads her on."""
    stage.letters_to(GRETA, "Your first shelf is waiting in Neukölln.")
    page.goto("/home/")
    said(page, "First steps")
    stage.draw(page, "creator-home-first-steps")


def list_by_form(stage: Stage, page: Page) -> None:
    """One SKU by hand, its GTIN checked."""
    page.goto(f"{HOME}/skus/")
    stage.draw(page, "creator-no-skus")
    page.goto(f"{HOME}/skus/new/")
    fill(
        page, code="MUG-1", title="Moon mug", gtin="4006381333932", value_amount="24.00", length_mm=120, width_mm=100,
        height_mm=95, weight_g=380, velocity_class="core", storage_class="ambient",
    )  # fmt: skip
    with stage.expecting(422):
        page.locator("main form button[type=submit]").first.click()
        expect(page.locator("[name=gtin]")).to_have_attribute("aria-invalid", "true")
        stage.draw(page, "creator-wrong-check-digit")
    fill(page, gtin="4006381333931")
    page.locator("main form button[type=submit]").first.click()
    said(page, "MUG-1")
    expect(page).not_to_have_url(re.compile("/skus/new/"))
    stage.draw(page, "creator-sku")


def import_products(stage: Stage, page: Page, folder: Path) -> None:
    """The shop's own export: looked at first, the measures it lacks asked for, then imported."""
    file = folder / "products_export.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows(PRODUCTS)
    page.goto(f"{HOME}/skus/import/")
    stage.draw(page, "creator-import-products")
    page.set_input_files("[name=file]", file)
    press(page, "Look at it")
    said(page, "Nothing is imported yet.")
    fill(page, length_mm=210, width_mm=210, height_mm=80)
    if page.get_by_role("button", name="Look again with these").count():
        press(page, "Look again with these")
    page.get_by_role("button", name="Import 3 SKUs").wait_for()
    stage.draw(page, "creator-import-products-preview")
    press(page, "Import 3 SKUs")
    expect(page.locator("#job-state .pill")).to_have_text("done", timeout=30_000)
    stage.draw(page, "creator-products-imported")
    page.goto(f"{HOME}/skus/")
    for code in ("MUG-1", "BOWL-SEA", "BOWL-SAND", "PLATE-1"):
        said(page, code)
    stage.draw(page, "creator-skus")


def write_packing_spec(stage: Stage, page: Page) -> None:
    """Two steps the packer must do and one that may be left out."""
    page.goto(f"{HOME}/specs/new/")
    page.locator("[name=name]").fill("Stoneware in tissue")
    steps = [
        "Wrap each piece in two layers of tissue",
        "Lay the moon card on top",
        "Close with paper tape, logo upwards",
    ]
    for at, words in enumerate(steps):
        instruction = page.locator("[name=step-instruction]")
        while instruction.count() <= at:
            before = instruction.count()
            press(page, "Add a step")
            expect(instruction).to_have_count(before + 1)
        instruction.nth(at).fill(words)
    page.locator("[name=step-confirm]").nth(2).uncheck()
    page.locator("[name=is_default]").check()
    stage.draw(page, "creator-writes-spec")
    press(page, "Save the spec")
    said(page, "in force")
    stage.draw(page, "creator-spec")


def book_slots(stage: Stage, page: Page) -> None:
    """Four weeks of two slots: found, held, confirmed."""
    page.goto(f"{HOME}/slots/find/")
    fill(page, slots=2)
    press(page, "Search")
    stage.draw(page, "creator-slots-free")
    page.get_by_role("button", name="Hold for 15 min").first.click()
    press(page, "Confirm the booking")
    said(page, "2 × ambient slots at Neukölln yard are yours.")
    stage.draw(page, "creator-slots-booked")


def plan_drop(stage: Stage, page: Page) -> None:
    """On the node's next run; it cannot open before its goods can be sold. Four mugs are kept for it, six for everybody."""
    page.goto(f"{HOME}/drops/new/")
    fill(page, "form[method=post].form", title="Winter moon", story="Forty mugs in a new glaze.")
    opens = page.locator("[name=opens_at]")
    earliest = opens.input_value()
    page.locator("[name^='lines-'][name$='-0-code']").first.fill("MUG-1")
    page.locator("[name^='lines-'][name$='-0-quantity']").first.fill("4")
    opens.fill(f"{int(earliest[:4]) - 1}{earliest[4:]}")
    with stage.expecting(422):
        press(page, "See what it will reserve")
        said(page, "Open then or later.")
        stage.draw(page, "creator-drop-too-early")
    opens.fill(earliest)
    press(page, "See what it will reserve")
    stage.draw(page, "creator-drop-preview")
    press(page, "Reserve all of it")
    said(page, "Winter moon is reserved.")
    stage.draw(page, "creator-drop")


def announce(stage: Stage, page: Page) -> str:
    """The drop's goods and the bowls come in one shipment. Returns its number."""
    follow(page, "Announce its goods")
    follow(page, "Change the list first")
    expect(page.locator("[name='lines-0-code']")).to_have_value("MUG-1")
    for row, (code, pieces) in enumerate((("MUG-1", 10), ("BOWL-SEA", 6), ("PLATE-1", 4))):
        page.locator(f"[name='lines-{row}-code']").fill(code)
        page.locator(f"[name='lines-{row}-quantity']").fill(str(pieces))
    fill(page, "form[method=post].form", parcels=2, carrier_note="DHL 00340434161094042557")
    stage.draw(page, "creator-announces")
    press(page, "Announce")
    page.get_by_role("link", name="Box labels").wait_for()
    number = page.locator("h1").inner_text().strip()
    stage.draw(page, "creator-asn")
    follow(page, "Box labels")
    said(page, number)
    stage.draw(page, "creator-box-labels")
    return number
