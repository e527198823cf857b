"""The floor: slots and runs offered, goods received and put away, picked on a phone, packed, shipped, counted."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.story.stage import Stage, fill, follow, press, said, scan

FLOOR = "/floor/neukoelln"
SHORT = "PLATE-1"


def offer_slots_and_runs(stage: Stage, page: Page) -> None:
    """The operator opens the first pool and sets the weekly round."""
    page.goto(f"{FLOOR}/")
    stage.draw(page, "operator-board-empty")
    page.goto(f"{FLOOR}/slots/new/")
    fill(page, kind="shelf", storage_class="ambient", slots=12, slot_volume_l=60)
    press(page, "Offer these slots")
    said(page, "can be booked now.")
    stage.draw(page, "operator-slots")
    dock: dict[str, str | int] = {"kind": "dock", "slots": 2, "opens_at": "08:00", "closes_at": "12:00"}
    for offered in (dock, {"kind": "picks", "slots": 400}):
        page.goto(f"{FLOOR}/slots/new/")
        fill(page, **offered)
        press(page, "Offer these slots")
        said(page, "can be booked now.")
    page.goto(f"{FLOOR}/dock/cycles/new/")
    fill(page, name="Tuesday round", rrule="FREQ=WEEKLY;BYDAY=TU")
    press(page, "Set the cycle")
    said(page, "Tuesday round is set")
    stage.draw(page, "operator-dock")


def receive(stage: Stage, page: Page, number: str) -> None:
    """The box label is scanned, then its goods: some by scanner, some typed; a stranger's code is refused."""
    page.goto(f"{FLOOR}/receive/")
    stage.draw(page, "operator-receive-list")
    scan(page, number)
    page.wait_for_url(re.compile("/receive/[0-9a-f-]{36}/"))
    with stage.expecting(422):
        scan(page, "4000000000006")
        expect(page.locator(".scan")).to_have_attribute("data-result", "bad")
        stage.draw(page, "operator-receives-wrong-code")
    page.locator("[name=quantity]").fill("10")
    scan(page, "4006381333931")
    expect(page.locator(".scan__result")).to_contain_text("MUG-1: 10 of 10")
    for code, pieces in (("BOWL-SEA", 6), ("PLATE-1", 4)):
        page.locator("[name=quantity]").fill(str(pieces))
        page.locator("[data-scan-field]").fill(code)
        press(page, "Book in")
        expect(page.locator(".scan__result")).to_contain_text(f"{code}: {pieces} of {pieces}")
    stage.draw(page, "operator-received")
    follow(page, "Close it")
    stage.draw(page, "operator-closes-asn")
    press(page, "Close it")
    said(page, "Put its goods away next.")


def put_away(stage: Stage, page: Page) -> None:
    """Each thing to the bin that is proposed; the bin's label is scanned there."""
    page.goto(f"{FLOOR}/putaway/")
    stage.draw(page, "operator-putaway-list")
    for first, code in enumerate(("MUG-1", "BOWL-SEA", "PLATE-1")):
        scan(page, code)
        page.wait_for_url(re.compile("/putaway/[0-9a-f-]{36}/"))
        if not first:
            stage.draw(page, "operator-puts-away")
        scan(page, page.locator(".bin-code").inner_text().strip())
        page.wait_for_url(re.compile("/putaway/$"))
    said(page, "The dock is clear.")
    stage.draw(page, "operator-dock-clear")


def release_wave(stage: Stage, page: Page, orders: int) -> None:
    """One queue for all members; the operator releases what is in it."""
    page.goto(f"{FLOOR}/")
    stage.draw(page, "operator-board")
    page.goto(f"{FLOOR}/queue/")
    stage.draw(page, "operator-queue")
    press(page, f"Release {orders} orders")
    page.wait_for_url(re.compile("/waves/"))
    stage.draw(page, "operator-wave")
    follow(page, "Pick list of walk 1")
    stage.draw(page, "operator-pick-list")


def pick(stage: Stage, page: Page) -> None:
    """Bin by bin: the bin is scanned, then the goods. One bin has less than the books say."""
    page.goto(f"{FLOOR}/pick/")
    stage.draw(page, "picker-work-to-do")
    scan(page, "CART-1")
    said(page, "Stop 1 of 6")
    first = True
    while page.get_by_text(re.compile("^Stop ")).count():
        stop = page.locator(".bin-code").inner_text().removeprefix("Go to bin").strip()
        code = page.locator(".pick-thing .code").inner_text()
        if first:
            stage.draw(page, "picker-first-stop")
            scan(page, "A-02-2" if stop != "A-02-2" else "A-01-1")
            expect(page.locator(".scan")).to_have_attribute("data-result", "bad")
            stage.draw(page, "picker-wrong-bin")
        if code == SHORT:
            _short_pick(stage, page)
            continue
        scan(page, stop)
        expect(page.locator(".scan__result")).to_contain_text("Right bin")
        if first:
            stage.draw(page, "picker-right-bin")
        scan(page, code)
        heard = page.locator(".scan__result, .walk-done").first
        expect(heard).to_contain_text(re.compile("Right. Take|into tote|Walk done"))
        if page.locator(".scan__result").filter(has_text="Right. Take").count():
            page.locator("footer").get_by_role("button", name=re.compile("^Picked")).click()
            expect(heard).to_contain_text(re.compile("into tote|Walk done"))
        first = False
    said(page, "Walk done")
    stage.draw(page, "picker-walk-done")


def _short_pick(stage: Stage, page: Page) -> None:
    with page.expect_navigation():
        page.locator("footer").get_by_role("link", name="Short").click()
    stage.draw(page, "picker-short")
    page.get_by_text("1", exact=True).click()
    page.locator("footer").get_by_role("button", name="Book short").click()
    page.wait_for_url(lambda url: not url.endswith("/short/"))
    said(page, re.compile("Short booked|Walk done"))
    stage.draw(page, "picker-short-booked")


def pack_all(stage: Stage, page: Page, orders: int) -> None:
    """Step by step as the member wants it; carton, scale, slip and label."""
    page.goto(f"{FLOOR}/pack/")
    stage.draw(page, "packer-bench")
    for at in range(orders):
        page.goto(f"{FLOOR}/pack/")
        page.get_by_role("button", name=re.compile("^Pack order")).first.click()
        page.wait_for_url(re.compile("/pack/[0-9a-f-]{36}/"))
        if not at:
            stage.draw(page, "packer-first-step")
        for step in ("Wrap each piece", "Lay the moon card"):
            lit = page.locator("li[aria-current=step]")
            expect(lit).to_contain_text(step)
            lit.get_by_role("button", name="Done").click()
        expect(page.locator("[name=weight_g]")).to_be_visible()
        by_the_book = page.get_by_text("By the book it weighs").inner_text()
        if not at:
            _scan_goods(page)
            stage.draw(page, "packer-carton-and-scale")
            with stage.expecting(422):
                page.locator("[name=weight_g]").fill("499999")
                press(page, "Packed")
                expect(page.locator("main")).to_contain_text("is more than")
            for box in page.locator("[data-goods] input[data-code]").all():
                expect(box).to_be_checked()
        page.locator("[name=weight_g]").fill(str(_grams(by_the_book)))
        press(page, "Packed")
        said(page, "is packed. Print its slip and label.")
        if not at:
            stage.draw(page, "packer-parcel")
            follow(page, "Slip and label")
            stage.draw(page, "packer-slip-and-label")


def _scan_goods(page: Page) -> None:
    for box in page.locator("[data-goods] input").all():
        for _ in range(int(box.get_attribute("data-quantity") or 0)):
            scan(page, box.get_attribute("data-code") or "")
    expect(page.locator(".scan__result")).to_have_text("All there")


def _grams(words: str) -> int:
    amount, unit = re.search(r"([\d.,]+)\s*(kg|g)", words).groups()
    return round(float(amount.replace(",", "")) * (1000 if unit == "kg" else 1))


def hand_over(stage: Stage, page: Page, parcels: int) -> None:
    """The carrier takes them all and signs."""
    page.goto(f"{FLOOR}/parcels/hand-over/")
    expect(page.locator("tbody [data-row]")).to_have_count(parcels)
    fill(page, carrier="DHL")
    stage.draw(page, "packer-hands-over")
    press(page, "Ship the ticked parcels")
    page.wait_for_url(re.compile("/manifest/"))
    stage.draw(page, "packer-manifest")
    stage.letters_to("rosa@buyers.example", "TEL-1")
    page.goto(f"{FLOOR}/")
    stage.draw(page, "operator-board-after")


def count(stage: Stage, page: Page) -> None:
    """The bin that was short is counted without a look at the books."""
    page.goto(f"{FLOOR}/counts/")
    stage.draw(page, "operator-counts")
    with page.expect_navigation():
        page.locator("main tbody a").first.click()
    fill(page, counted=2)
    stage.draw(page, "operator-counts-a-bin")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile("/counts/$"))
