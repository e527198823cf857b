"""What every template may know: where the person is, and which places are theirs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

_STAFF_HOMES = {"accountant": ("books:month", "book-open-text"), "steward": ("network:home", "network")}


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `door`, `places` (lazily, one query each for memberships and posts) and `place_name`."""
    door = getattr(request, "door", None)
    here = getattr(door, "member", None) or getattr(door, "node", None)
    context: dict[str, Any] = {"door": door, "places": SimpleLazyObject(lambda: places(request))}
    if here is not None:
        context["place_name"] = str(here)
    elif request.path.startswith("/books/"):
        context["place_name"] = "The books"
    elif request.path.startswith("/network/"):
        context["place_name"] = "The network"
    return context


def places(request: HttpRequest) -> list[dict[str, Any]]:
    """The homes this person may enter: {"name", "role", "url", "icon", "current"}, members first."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    found = [
        (m.member.name, m.get_role_display(), _url("portal:overview", member=m.member.slug), "store")
        for m in user.memberships.select_related("member").order_by("member__name")
    ]
    for post in user.posts.select_related("node").order_by("node__name"):
        if post.node is not None:
            home = "floor:board" if post.role == "operator" else "floor:pick"
            found.append(
                (post.node.name, post.get_role_display(), _url(home, node=post.node.slug), "warehouse")
            )
        elif post.role in _STAFF_HOMES:
            name, icon = _STAFF_HOMES[post.role]
            title = "The books" if post.role == "accountant" else "The network"
            found.append((title, post.get_role_display(), _url(name), icon))
    return [
        {"name": name, "role": role, "url": url, "icon": icon, "current": _holds(url, request.path)}
        for name, role, url, icon in found
        if url
    ]


def _url(name: str, **kwargs: str) -> str:
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


def _holds(home: str, path: str) -> bool:
    """Whether `path` lies in the place whose home is `home`: same area, same slug."""
    depth = 3 if home.startswith(("/portal/", "/floor/")) else 2
    return home.split("/")[:depth] == path.split("/")[:depth]
