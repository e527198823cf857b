"""What each area offers. Every room's `nav.py` has lists of entries named after the areas; they are gathered here.

An entry whose page does not exist, or whose door does not open for this role, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse

from coop.kernel.rooms import discover_in_rooms


@dataclass(frozen=True)
class Entry:
    """One line of navigation. `place` orders an area's entries over all rooms; `key` is the letter after g."""

    place: int
    label: str
    url_name: str
    icon: str
    key: str = ""
    phone: bool = False  # one of the four in the bottom bar
    only_for: tuple[str, ...] = ()  # where the door opens for more roles than look for the page in their menu


@dataclass(frozen=True)
class Link:
    """An entry that resolved, for the page at hand."""

    entry: Entry
    url: str
    current: bool


AREAS = ("portal", "floor", "books", "network", "public", "account")


@cache
def entries(area: str) -> tuple[Entry, ...]:
    """The entries of an area, of all rooms, in their order."""
    found = [entry for module in discover_in_rooms("nav") for entry in getattr(module, area, [])]
    return tuple(sorted(found, key=lambda entry: entry.place))


def links(area: str, request: HttpRequest | None, door: Any = None) -> list[Link]:
    """The entries of `area` that exist and that the door's role may open; the most specific match is current."""
    kwargs = _where(area, door)
    role = str(getattr(door, "role", "") or "")
    found = []
    for entry in entries(area):
        try:
            url = reverse(entry.url_name, kwargs=kwargs)
        except NoReverseMatch:
            continue
        if not role or role in (entry.only_for or _roles(entry.url_name, url) or {role}):
            found.append((entry, url))
    path = request.path if request is not None else ""
    best = max((url for _, url in found if _covers(url, path, found)), key=len, default="")
    return [Link(entry, url, url == best) for entry, url in found]


_roles_of: dict[str, frozenset[str]] = {}


def _roles(url_name: str, url: str) -> frozenset[str]:
    """The roles that the door of this page opens for, as its view says; none for a page without a door of ours."""
    if url_name not in _roles_of:
        view = resolve(url).func
        in_area = getattr(view, "area", "") in {"portal", "floor", "books", "network"}
        _roles_of[url_name] = frozenset(getattr(view, "roles", ()) if in_area else ())
    return _roles_of[url_name]


def _covers(url: str, path: str, found: list[tuple[Entry, str]]) -> bool:
    """An area's home is current on itself alone; a list is current on everything under it."""
    is_root = any(other != url and other.startswith(url) for _, other in found)
    return path == url if is_root else path.startswith(url)


def _where(area: str, door: Any) -> dict[str, str]:
    if area == "portal" and getattr(door, "member", None) is not None:
        return {"member": door.member.slug}
    if area == "floor" and getattr(door, "node", None) is not None:
        return {"node": door.node.slug}
    return {}
