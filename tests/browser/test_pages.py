"""Every kind of page with rows of a demo co-op: WCAG 2.2 AA, quiet console, no stranger, 360 px.

`make thorough` also judges the colours of the dark theme, and opens a page again for each role that has it; without
it, what another role has shown already is only asked for, and read for where it leads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from lab.demo.cast import LOGINS, Login
from lab.screenshots import VISITOR, WIDTHS, Album, Finding, Kind, Tour, kind_of, kinds, role_name, settle
from tests.browser.installation import Installation, installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# The dark theme has other colours and nothing else.
COLOURS = {"type": "rule", "values": ["color-contrast"]}
ALL = os.environ.get("THOROUGH") == "1"
# The browser's own parser, without drawing.
READ = """async path => {
  const answer = await fetch(path);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const hrefs = [...page.querySelectorAll("a[href], [hx-get]")].map(e => e.getAttribute("href") ?? e.getAttribute("hx-get"));
  const urls = hrefs.map(href => new URL(href, answer.url)).filter(url => url.origin === location.origin);
  return [answer.status, [...new Set(urls.map(url => url.pathname))]];
}"""


@dataclass
class Inspection(Tour):
    """A role's walk that judges instead of drawing; a kind of page that another role saw is only passed through."""

    judged: set[str] = field(default_factory=set)

    def _visit(
        self, context: BrowserContext, page: Page, name: str, path: str, album: Album
    ) -> list[tuple[str, str]]:
        if ALL or name not in self.judged:
            return super()._visit(context, page, name, path, album)
        self._at = path
        status, leads = page.evaluate(READ, path)
        if status == 200:
            self.seen[name] = path
        return [(kind, to) for to in leads if (kind := kind_of(to))]

    def _draw(self, page: Page, kind: Kind, path: str, album: Album) -> None:
        if kind.name in self.judged:
            return
        self.judged.add(kind.name)
        page.evaluate(AXE)
        self._judge(page, path, album, "light", WCAG)
        if ALL:
            page.emulate_media(color_scheme="dark")
            self._judge(page, path, album, "dark", COLOURS)
            page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 360, "height": WIDTHS[360]})
        settle(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            album.find(Finding(self.role, path, "wide", f"{wide} px too wide at 360 px"))
        page.set_viewport_size({"width": 1280, "height": WIDTHS[1280]})

    def _judge(self, page: Page, path: str, album: Album, theme: str, rules: dict[str, Any]) -> None:
        found = page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(r => r.violations)",
            rules,
        )
        for violation in found:
            where = "; ".join(str(node["target"][0]) for node in violation["nodes"][:3])
            said = violation["nodes"][0]["failureSummary"].replace("\n", " ")[:200]
            album.find(Finding(self.role, path, theme, f"{violation['id']} at {where}: {said}"))


@pytest.fixture
def demo(fresh_db: str, tmp_path: Path) -> Iterator[Installation]:
    """A demo co-op in which some month has ended, so that there are invoices. Nobody works in it while it is made."""
    with installation(fresh_db, tmp_path, first=["demo", "--days", "32"]) as running:
        yield running


def test_every_page_is_whole_for_everybody(browser: Browser, demo: Installation, tmp_path: Path) -> None:
    album, every, judged = Album(), kinds(), set[str]()
    people: list[tuple[str, Login | None]] = [(role_name(one), one) for one in LOGINS]
    for name, login in [(VISITOR, None), *people]:
        Inspection(
            browser=browser, base=demo.url, out=tmp_path, role=name, login=login, every=every, judged=judged
        ).walk(album)
    assert not album.findings, "\n" + "\n".join(map(str, album.findings))
    assert len(judged) > 90, sorted(set(every) - judged)
    assert {"portal:invoice", "portal:invoice-line", "books:invoice", "floor:parcel"} <= judged, sorted(
        judged
    )
