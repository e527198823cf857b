"""The money: a month is drawn and issued, paid on the vendor's page, looked through and taken home."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
import zipfile
from collections.abc import Callable

from playwright.sync_api import Page, expect

from fulfillment.models import Activity
from tests.browser.story.creators import HOME
from tests.browser.story.stage import Stage, fetch, follow, press, said


def issue_month(stage: Stage, page: Page, month: dt.date) -> None:
    """Drafts are drawn as often as one likes; issuing is a job, for good."""
    page.goto(f"/books/?month={month:%Y-%m}")
    stage.draw(page, "accountant-month-empty")
    # The worker rates new work on its own.
    _look_again_until(page, lambda: not Activity.objects.filter(charge__isnull=True).exists())
    press(page, "Draw the drafts")
    said(page, re.compile("1 drafts? drawn"))
    stage.draw(page, "accountant-draft")
    follow(page, "Issue 1")
    stage.draw(page, "accountant-asks-before-issuing")
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("#job-state .pill")).to_have_text("done", timeout=60_000)
    stage.draw(page, "accountant-issued")
    page.goto("/books/invoices/")
    stage.draw(page, "accountant-invoices")


def pay(stage: Stage, page: Page) -> None:
    """The creator opens her invoice and pays on the vendor's page; the webhook says so."""
    page.goto(f"{HOME}/costs/")
    stage.draw(page, "creator-costs")
    page.goto(f"{HOME}/invoices/")
    stage.draw(page, "creator-invoices")
    with page.expect_navigation():
        page.locator("main tbody a").first.click()
    invoice = page.url
    pay_online = page.locator("main").get_by_role("link", name=re.compile("^Pay"))
    _look_again_until(page, pay_online.count)
    stage.draw(page, "creator-invoice")
    pay_online.first.click()
    said(page, "To pay")
    stage.draw_hosted(page, "creator-pays")
    page.get_by_role("button", name="Pay now").click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    page.goto(invoice)
    _look_again_until(page, page.get_by_text("paid. Thank you.").count)
    stage.draw(page, "creator-invoice-paid")


def look_behind(stage: Stage, page: Page, picks: int) -> None:
    """Each pick behind the line, as a page and as a file; the paper itself."""
    assert fetch(page, "PDF").startswith(b"%PDF-")
    annex = fetch(page, "Every pick (CSV)").decode("utf-8-sig")
    assert annex.count("TEL-1") >= 2
    follow(page, "Pick")
    expect(page.locator("main tbody tr")).to_have_count(picks)
    stage.draw(page, "creator-each-pick")
    assert len(fetch(page, "CSV").decode("utf-8-sig").splitlines()) == picks + 1
    page.goto(f"{HOME}/")
    stage.draw(page, "creator-home")
    page.goto(f"{HOME}/stock/")
    stage.draw(page, "creator-stock")


def close_the_month(stage: Stage, page: Page, month: dt.date) -> None:
    """All paid, nothing differs from the vendor, the journal balances, the month goes home in one file."""
    page.goto(f"/books/?month={month:%Y-%m}")
    stage.draw(page, "accountant-month-paid")
    page.goto("/books/invoices/?state=paid")
    with page.expect_navigation():
        page.locator("main tbody a").first.click()
    stage.draw(page, "accountant-invoice")
    page.goto("/books/reconciliation/")
    stage.draw(page, "accountant-reconciliation")
    page.goto("/books/journal/")
    stage.draw(page, "accountant-journal")
    page.goto("/books/accounts/")
    stage.draw(page, "accountant-accounts")
    page.goto("/books/exports/")
    stage.draw(page, "accountant-exports")
    with page.expect_download() as download:
        page.locator("main a", has_text="ZIP").first.click()
    names = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())).namelist()
    assert sum(name.endswith(".pdf") for name in names) == 1
    assert any("annex" in name for name in names)


def _look_again_until(page: Page, done: Callable[[], object], limit_s: float = 45) -> None:
    """Load the page again until the worker has done its part."""
    deadline = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < deadline, f"it did not come about at {page.url}"
        time.sleep(0.5)
        page.reload()
