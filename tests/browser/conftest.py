"""A real browser (Debian's Chromium) at a whole installation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

from tests.browser.installation import Installation, installation

# Playwright's loop lives in this thread; Django would take that for asynchronous code and refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots" / "story"


@dataclass
class Complaints:
    """What the browser had to say against a page: console errors, refusals of the content policy, strangers, failures."""

    found: list[str] = field(default_factory=list)
    # Some pages are visited to be refused; their status is asked for by the test itself.
    expected_statuses: set[int] = field(default_factory=set)

    def watch(self, page: Page, home: str, *, hosted: str = "") -> None:
        """Listen to a page. `hosted` is a vendor's site that people may be led to, which then may ask itself for things."""
        homes = {urlsplit(home).netloc}

        def console(message: ConsoleMessage) -> None:
            # A refused page is reported as a console error, too; it is the response handler's business.
            if message.type == "error" and "Failed to load resource" not in message.text:
                self.found.append(f"{page.url}: {message.text}")

        def request(request: Request) -> None:
            parts = urlsplit(request.url)
            led_there = bool(hosted) and parts.netloc == urlsplit(hosted).netloc
            if led_there and (request.is_navigation_request() or urlsplit(page.url).netloc == parts.netloc):
                return
            if parts.scheme in {"http", "https"} and parts.netloc not in homes:
                self.found.append(f"{page.url}: asks a stranger for {request.url}")

        def response(response: Response) -> None:
            if response.status >= 400 and response.status not in self.expected_statuses:
                self.found.append(f"{response.url}: {response.status}")

        page.on("console", console)
        page.on("request", request)
        page.on("response", response)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))


# Not for the whole session: while Playwright's loop runs, Django keeps its connections in another place than before, and
# a test that forks would share one of them with its child.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def site(fresh_db: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation with nobody in it."""
    with installation(fresh_db, tmp_path) as running:
        yield running


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test at its end with everything the browser complained about."""
    said = Complaints()
    yield said
    assert not said.found, "\n".join(said.found)


@pytest.fixture
def desk(browser: Browser, site: Installation) -> Iterator[BrowserContext]:
    """A browser at a desk, 1280 wide."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=site.url)
    yield context
    context.close()
