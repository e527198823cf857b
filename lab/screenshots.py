"""Every page for every role, as a browser shows it: the way we look at our own house.

A role starts at its home and at every page that needs no id, and follows links from there, so that each kind of page
is seen once with rows of the demo co-op. What the browser complains about on the way is a finding.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from lab.demo.cast import LOGINS, PASSWORD, Login

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars"]  # fmt: skip
PLACE: dict[str, Any] = {"locale": "en-GB", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}
WIDTHS = {1280: 800, 360: 740}
THEMES = ("light", "dark")
VISITOR = "visitor"
# Doors by the beginning of a home's address; what is left is open to everybody who signed in.
AREAS = {"portal": "portal", "floor": "floor", "books": "books", "network": "network"}
# Pages of a second factor that the demo's people do not have, and what is no page.
SKIPPED = {
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "livez",
    "readyz",
    "metrics",
    "schema",
    "account_logout",
    "mfa_login_webauthn",
    "public:sitemap",
    "public:robots",
}


@dataclass(frozen=True)
class Look:
    """One page at one theme and width, somewhere on disk."""

    role: str
    page: str
    theme: str
    width: int
    file: Path


@dataclass(frozen=True)
class Finding:
    """What the browser held against a page."""

    role: str
    url: str
    kind: str  # console, csp, outside, status, wide, script
    what: str

    def __str__(self) -> str:
        return f"{self.kind:8} {self.role:12} {self.url}  {self.what}"


@dataclass
class Album:
    """What came of it."""

    looks: list[Look] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unseen: dict[str, list[str]] = field(default_factory=dict)

    def find(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings.append(finding)


@dataclass(frozen=True)
class Kind:
    """One kind of page: a route that a browser can ask for."""

    name: str
    template: str
    params: tuple[str, ...]
    area: str
    roles: tuple[str, ...]

    @property
    def file(self) -> str:
        return self.name.replace(":", "-")


def kinds() -> dict[str, Kind]:
    """All routes that answer GET, by name; APIs, the admin's inside and machines' addresses left out."""
    return {
        kind.name: kind for kind in _walk(get_resolver().url_patterns, "", "", ()) if kind.name not in SKIPPED
    }


def _walk(
    patterns: list[URLPattern | URLResolver], prefix: str, namespace: str, outer: tuple[str, ...]
) -> Iterator[Kind]:
    for found in patterns:
        if not isinstance(found.pattern, RoutePattern):
            continue
        template = prefix + str(found.pattern)
        params = (*outer, *found.pattern.converters)
        if isinstance(found, URLResolver):
            inner = f"{namespace}{found.namespace}:" if found.namespace else namespace
            yield from _walk(found.url_patterns, template, inner, params)
        elif found.name and template.split("/")[0] not in {"api", "admin", "webhooks"}:
            view = found.callback
            if "GET" in getattr(view, "methods", ("GET",)):
                roles = tuple(str(role) for role in getattr(view, "roles", ()))
                yield Kind(namespace + found.name, template, params, getattr(view, "area", "account"), roles)


def role_name(login: Login) -> str:
    """The folder of a login's pictures."""
    name = login.email.partition("@")[0]
    return "creator" if name == "maya" else name


def draw(
    base: str,
    out: Path,
    *,
    roles: list[str] | None = None,
    only: str = "",
    say: Callable[[str], None] = lambda _text: None,
) -> Album:
    """Draw what `roles` (all when None) may see of the kinds of page whose name contains `only`."""
    album = Album()
    every = kinds()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, login in [(VISITOR, None), *((role_name(one), one) for one in LOGINS)]:
            if roles and name not in roles:
                continue
            tour = Tour(
                browser=browser, base=base, out=out / name, role=name, login=login, every=every, only=only
            )
            tour.walk(album)
            say(f"{name}: {len(tour.seen)} pages, {len(album.unseen.get(name, []))} without a link to them")
        browser.close()
    return album


@dataclass
class Tour:
    """One role's walk through the house."""

    browser: Browser
    base: str
    out: Path
    role: str
    login: Login | None
    every: dict[str, Kind]
    only: str = ""
    seen: dict[str, str] = field(default_factory=dict)
    _at: str = ""

    def walk(self, album: Album) -> None:
        context = self.browser.new_context(viewport={"width": 1280, "height": WIDTHS[1280]}, **PLACE)
        page = context.new_page()
        self._listen(page, album)
        if self.login:
            sign_in(page, self.base, self.login)
        waiting = list(self._starts())
        known = {name for name, _ in waiting}
        while waiting:
            name, path = waiting.pop(0)
            for found, link in self._visit(context, page, name, path, album):
                if found not in known and self._may(self.every.get(found)):
                    known.add(found)
                    waiting.append((found, link))
        missing = [
            k.name
            for k in self.every.values()
            if self._may(k) and k.name not in known and k.area != "account"
        ]
        album.unseen[self.role] = sorted(missing)
        context.close()

    def _starts(self) -> Iterator[tuple[str, str]]:
        """The pages that need nothing but the place they are in."""
        home = self.login.sees.strip("/").split("/") if self.login else [""]
        for kind in self.every.values():
            path = (
                re.sub(r"<slug:(member|node)>", home[1], kind.template, count=1)
                if len(home) > 1
                else kind.template
            )
            here = kind.area == AREAS.get(home[0], "") or not kind.params
            if here and "<" not in path and self._may(kind):
                yield kind.name, "/" + path

    def _may(self, kind: Kind | None) -> bool:
        """May this role see that kind of page, and is it this role's to show?"""
        if kind is None:
            return False
        if self.login is None:
            return kind.area == "public" or (
                kind.name.startswith("account_") and "password/change" not in kind.template
            )
        if kind.area in {"signed_in", "account"}:
            return self.role == "creator"
        home = AREAS.get(self.login.sees.strip("/").split("/")[0])
        return kind.area == home and (kind.area in {"books", "network"} or self._job in kind.roles)

    @property
    def _job(self) -> str:
        jobs = {"creator": "owner", "bookkeeper": "accountant"}
        return jobs.get(self.role, self.role)

    def _visit(
        self, context: BrowserContext, page: Page, name: str, path: str, album: Album
    ) -> list[tuple[str, str]]:
        """Draw one page if it is one (a file is only asked for), and say where it leads."""
        self._at = path
        try:
            response = page.goto(self.base + path, wait_until="load")
        except BrowserError as error:
            if "Download is starting" not in str(error):
                album.find(Finding(self.role, path, "status", str(error).splitlines()[0]))
                return []
            answer = context.request.get(self.base + path)
            if answer.status != 200:
                album.find(Finding(self.role, path, "status", str(answer.status)))
            self.seen[name] = path
            return []
        if response is not None and response.status >= 400:
            return []  # told by the listener; there is nothing to look at
        if response is None or "html" not in response.headers.get("content-type", ""):
            self.seen[name] = path
            return []
        if urlsplit(page.url).path != path and kind_of(urlsplit(page.url).path) != name:
            return [(kind_of(urlsplit(page.url).path) or "", urlsplit(page.url).path)]  # it leads elsewhere
        if not page.query_selector("main"):
            return _links(page)  # a part of a page, drawn where it stands
        self.seen[name] = path
        settle(page)
        links = _links(page)
        if self.only in name:
            self._draw(page, self.every[name], path, album)
        return links

    def _draw(self, page: Page, kind: Kind, path: str, album: Album) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                file = self.out / f"{kind.file}-{theme}-{width}.png"
                page.screenshot(path=file, full_page=True, animations="disabled")
                album.looks.append(Look(self.role, kind.name, theme, width, file))
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wide > 0:
                album.find(Finding(self.role, path, "wide", f"{wide} px too wide at {width} px"))
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": WIDTHS[1280]})

    def _listen(self, page: Page, album: Album) -> None:
        def find(kind: str, what: str) -> None:
            album.find(Finding(self.role, self._at, kind, what))

        def console(message: Any) -> None:
            # A failed answer is told once, by its status.
            failed = message.text.startswith(("Failed to load resource", "Response Status Error"))
            if message.type in {"error", "warning"} and not failed:
                find("csp" if "Content Security Policy" in message.text else "console", message.text[:300])

        def asked(request: Any) -> None:
            if request.url.startswith("http") and urlsplit(request.url).netloc != urlsplit(self.base).netloc:
                find("outside", request.url)

        def answered(response: Any) -> None:
            if response.status >= 400:
                find("status", f"{response.status} {urlsplit(response.url).path}")

        page.on("console", console)
        page.on("pageerror", lambda error: find("script", str(error)[:300]))
        page.on("request", asked)
        page.on("response", answered)


def sign_in(page: Page, base: str, login: Login) -> None:
    """Through the form, as people do."""
    page.goto(f"{base}/accounts/login/")
    page.fill("input[name=login]", login.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action*=login] button[type=submit]")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def settle(page: Page) -> None:
    """Wait for the parts that a page loads by itself."""
    page.wait_for_function(
        "() => document.fonts.status === 'loaded'"
        " && ![...document.querySelectorAll('[hx-trigger*=\"load\"]')].some(part => part.querySelector('.skeleton'))",
        timeout=8000,
    )


def kind_of(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def _links(page: Page) -> list[tuple[str, str]]:
    """Where the page leads, as (kind, path)."""
    hrefs: list[str] = page.evaluate(
        # By attribute: the `href` of a link in a drawing is an object, not a text.
        "() => [...document.querySelectorAll('a[href], [hx-get]')]"
        ".map(e => new URL(e.getAttribute('href') ?? e.getAttribute('hx-get'), location).href)"
        ".filter(href => new URL(href).origin === location.origin)"
    )
    paths = dict.fromkeys(urlsplit(href).path for href in hrefs)
    return [(name, path) for path in paths if (name := kind_of(path))]


# --- Pictures for the README and the docs -----------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """One picture of the documentation: whose page, and where it starts (links are followed by their kind)."""

    name: str
    role: str
    path: str
    then: str = ""  # the kind of page to go on to, by the first link that leads there
    width: int = 1280
    height: int = 800


PICTURES = (
    Picture("home-public", VISITOR, "/"),
    Picture("home-creator", "creator", "/portal/kiln-and-tide/"),
    Picture("home-operator", "operator", "/floor/kreuzberg/"),
    Picture("home-picker", "picker", "/floor/kreuzberg/pick/", width=360, height=740),
    Picture("home-accountant", "accountant", "/books/"),
    Picture("home-steward", "steward", "/network/"),
    Picture("pack", "picker", "/floor/kreuzberg/pack/", then="floor:bench"),
    Picture("skus", "creator", "/portal/kiln-and-tide/skus/"),
    Picture("slots", "creator", "/portal/kiln-and-tide/slots/find/?what=shelf-ambient&slots=4"),
    Picture("drop", "creator", "/portal/kiln-and-tide/drops/new/"),
    Picture("costs", "creator", "/portal/kiln-and-tide/costs/"),
)


def draw_pictures(base: str, out: Path) -> list[Path]:
    """The pictures of the documentation, light, small enough to be kept with the text."""
    out.mkdir(parents=True, exist_ok=True)
    logins = {role_name(login): login for login in LOGINS}
    drawn = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for picture in PICTURES:
            context = browser.new_context(
                viewport={"width": picture.width, "height": picture.height},
                **PLACE,
                color_scheme="light",
            )
            page = context.new_page()
            if picture.role != VISITOR:
                sign_in(page, base, logins[picture.role])
            page.goto(base + picture.path)
            settle(page)
            if picture.then:
                page.goto(base + next(path for name, path in _links(page) if name == picture.then))
                settle(page)
            drawn.append(_keep_small(page.screenshot(animations="disabled"), out / f"{picture.name}.png"))
            context.close()
        browser.close()
    return drawn


def _keep_small(png: bytes, file: Path) -> Path:
    """With a palette instead of full colour: a page of text and tables loses nothing by it."""
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    image.save(file, optimize=True)
    return file
