"""Public pages that are the same for everybody are drawn once and kept, as long as they are true.

A page is kept for those alone of whom nothing is known: nobody signed in, no session, no message, no place. It holds no
token of a form. It goes with the edition of the nodes (`coop.nodes.edition`), and at the next moment at which a node
opens, passes its cutoff, closes or begins another day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from coop.identity.doors import Door, View
from coop.kernel import clock
from coop.nodes import edition
from coop.nodes.hours import Schedule
from coop.nodes.models import Node

# Should a new edition get lost (Redis was away), the old words end by then.
LONGEST = dt.timedelta(minutes=5)
# Cookies that say something of who asks, or hold something for them.
_PERSONAL = (settings.SESSION_COOKIE_NAME, "messages")


@dataclass(frozen=True, slots=True)
class _Page:
    edition: str
    since: dt.datetime
    until: dt.datetime
    content: bytes

    def is_true(self, of: str, now: dt.datetime) -> bool:
        return self.edition == of and self.since <= now < self.until


# By path: a handful of pages and one a node, in each process.
_pages: dict[str, _Page] = {}


def kept(view: Callable[..., HttpResponse]) -> View:
    """For a public view about nodes whose words follow from its path, the nodes and the time alone."""

    @wraps(view)
    def enter(request: HttpRequest, door: Door, **kwargs: Any) -> HttpResponse:
        known = edition.current() if _is_for_anybody(request, door) else None
        if known is None:
            return view(request, door, **kwargs)
        now = clock.now()
        page = _pages.get(request.path)
        if page is None or not page.is_true(known, now):
            response = view(request, door, **kwargs)
            if response.status_code == 200:
                _keep(request.path, _Page(known, now, _until(door, now), response.content))
            return response
        return HttpResponse(page.content)

    return enter


def _is_for_anybody(request: HttpRequest, door: Door) -> bool:
    return (
        door.user is None
        and not request.META.get("QUERY_STRING")
        and not any(name in request.COOKIES for name in _PERSONAL)
        # Inside a transaction one may see what nobody else will.
        and not connection.in_atomic_block
    )


def _keep(path: str, page: _Page) -> None:
    for old in [old for old, other in list(_pages.items()) if other.edition != page.edition]:
        _pages.pop(old, None)
    _pages[path] = page


def _until(door: Door, now: dt.datetime) -> dt.datetime:
    """The first moment after `now` at which a node may have other words."""
    nodes = door.all(Node).filter(is_open=True).prefetch_related("opening_hours", "closures")
    return min([now + LONGEST, *(Schedule.of(node).next_turn(now) for node in nodes)])
