"""Where the story plays: one browser window for each person, pictures of every act, and the post office."""

from __future__ import annotations

import contextlib
import email
import email.policy
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from lab.screenshots import settle
from tests.browser.conftest import SCREENSHOTS, Complaints
from tests.browser.installation import Installation

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
PASSWORD = "kiln clay glaze fire"
_BETWEEN_LETTERS = "\n" + "-" * 79 + "\n"


@dataclass
class Stage:
    """The installation, its people's browser windows, and what was found on the way."""

    browser: Browser
    site: Installation
    complaints: Complaints
    pictures: Path = SCREENSHOTS
    windows: dict[str, BrowserContext] = field(default_factory=dict)
    drawn: int = 0

    def enter(self, name: str, *, phone: bool = False) -> Page:
        """A window of this person's own, with cookies of their own."""
        size = PHONE if phone else DESK
        context = self.browser.new_context(
            viewport=size, base_url=self.site.url, reduced_motion="reduce", accept_downloads=True
        )
        context.set_default_timeout(15_000)
        self.windows[name] = context
        page = context.new_page()
        self.complaints.watch(page, self.site.url, hosted=self.site.stripe.url)
        return page

    def draw(self, page: Page, name: str) -> None:
        """The page as it stands, at desk and phone width; it must not be wider than the screen."""
        self.drawn += 1
        page.wait_for_load_state()
        settle(page)
        before = page.viewport_size or DESK
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            page.evaluate("scrollTo(0, 0)")
            # As tall as the page: what is fixed to the screen's edges stays at the edges of the picture.
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
            file = self.pictures / f"{self.drawn:02d}-{name}-{size['width']}.png"
            # Hiding the caret would leave a style attribute behind, which htmx carries over and the policy refuses.
            page.screenshot(path=file, full_page=True, animations="disabled", caret="initial")
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wide > 0:
                self.complaints.found.append(f"{page.url}: {wide} px too wide at {size['width']} px")
        page.set_viewport_size(before)

    def draw_hosted(self, page: Page, name: str) -> None:
        """A vendor's page, which is not ours to judge."""
        self.drawn += 1
        page.screenshot(path=self.pictures / f"{self.drawn:02d}-{name}-1280.png", full_page=True)
        page.set_viewport_size(PHONE)
        page.screenshot(path=self.pictures / f"{self.drawn:02d}-{name}-360.png", full_page=True)
        page.set_viewport_size(DESK)

    @contextlib.contextmanager
    def expecting(self, status: int) -> Iterator[None]:
        """Inside, a page may refuse with this status: the story asks for it."""
        self.complaints.expected_statuses.add(status)
        yield
        self.complaints.expected_statuses.discard(status)

    def leave(self) -> None:
        for context in self.windows.values():
            context.close()

    def link_for(self, address: str, pattern: str, *, wait_s: float = 30) -> str:
        """The first address in a letter to this person that matches; letters come by the worker."""
        deadline = time.monotonic() + wait_s
        while True:
            for letter in self._letters_to(address):
                if found := re.search(rf"{re.escape(self.site.url)}\S*{pattern}\S*", letter):
                    return found.group()
            assert time.monotonic() < deadline, f"no letter to {address} with {pattern}"
            time.sleep(0.3)

    def letters_to(self, address: str, words: str, *, wait_s: float = 120) -> str:
        """The letter to this person that says `words`."""
        deadline = time.monotonic() + wait_s
        while True:
            for letter in self._letters_to(address):
                if words in letter:
                    return letter
            assert time.monotonic() < deadline, f"no letter to {address} says {words}"
            time.sleep(0.3)

    def _letters_to(self, address: str) -> list[str]:
        found = []
        for file in self.site.letters():
            for text in file.split(_BETWEEN_LETTERS):
                letter = email.message_from_bytes(text.lstrip().encode(), policy=email.policy.default)
                body = letter.get_body(("plain",))
                if body is not None and address in str(letter["To"]):
                    found.append(str(body.get_content()))
        return found


def press(page: Page, name: str) -> None:
    """The button of this name in the page's own part."""
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()


def follow(page: Page, name: str) -> None:
    """The link of this name in the page's own part, to the page behind it."""
    with page.expect_navigation():
        page.locator("main").get_by_role("link", name=name, exact=True).first.click()


def fetch(page: Page, name: str) -> bytes:
    """The file behind the link of this name."""
    with page.expect_download() as download:
        page.locator("main").get_by_role("link", name=name, exact=True).first.click()
    return download.value.path().read_bytes()


def said(page: Page, words: str | re.Pattern[str]) -> None:
    """The page says it, visibly."""
    expect(page.get_by_text(words).first).to_be_visible()


def fill(page: Page, within: str = "main form", **fields: str | int) -> None:
    """Type into the fields of these names; a choice is chosen by its value."""
    for name, value in fields.items():
        field = page.locator(within).locator(f"[name='{name}']").first
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def scan(page: Page, code: str) -> None:
    """As a keyboard-wedge scanner does it: fast keys wherever the focus is, then Enter."""
    page.locator("[data-scan-field]").wait_for()
    page.locator("h1").first.click()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
