"""The public face: what the co-op is, where its nodes are, when they ship."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as draw_sitemap
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from coop.directory import schema_org
from coop.directory.keeping import kept
from coop.directory.windows import reach, window
from coop.identity.doors import Door, PublicDoor, public
from coop.kernel import clock
from coop.nodes.geo import distance_m
from coop.nodes.hours import NeverOpen, Schedule
from coop.nodes.models import Node

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@public()
@kept
def home(request: HttpRequest, door: Door) -> HttpResponse:
    """What the co-op is, for whom, how it works, where."""
    return _draw(request, door, "home", {"places": _places(request, door)})


@public()
def how(request: HttpRequest, door: Door) -> HttpResponse:
    """How it works, at more length."""
    return _draw(request, door, "how", {})


@public()
@kept
def node_list(request: HttpRequest, door: Door) -> HttpResponse:
    """All nodes; the nearest first when the visitor says where they are (`?near=52.5,13.4`)."""
    places = _places(request, door)
    return _draw(request, door, "node_list", {"places": places, "near": _near(request)})


@public()
@kept
def node_detail(request: HttpRequest, door: Door, node: str) -> HttpResponse:
    """One node: window, hours, address; for machines the same as JSON-LD."""
    row = get_object_or_404(_nodes(door), slug=node)
    today = clock.today(row.timezone)
    closures = [closure for closure in row.closures.all() if closure.day >= today]
    hours = {entry.weekday: entry for entry in row.opening_hours.all()}
    data = schema_org.node_data(
        row,
        url=settings.SITE_URL + reverse("public:node-detail", kwargs={"node": row.slug}),
        hours=hours.values(),
        closures=closures,
        today=today,
    )
    context = {
        "place": _place(row, None),
        "node": row,
        "week": [
            (name, hours.get(number), number == today.weekday()) for number, name in enumerate(WEEKDAYS)
        ],
        "closures": closures[:6],
        "ships_by": _ships_by(row),
        "reach": reach(row.reach_m),
        "json_ld": schema_org.as_script(data),
    }
    return _draw(request, door, "node_detail", context)


@public()
def sitemap(request: HttpRequest, door: Door) -> HttpResponse:
    """The public pages, for search engines."""
    return draw_sitemap(request, sitemaps={"pages": _Pages(), "nodes": _Nodes(_nodes(door))})


@public()
def robots(request: HttpRequest, door: Door) -> HttpResponse:
    """What search engines need not try."""
    private = [
        "/portal/",
        "/floor/",
        "/books/",
        "/network/",
        "/admin/",
        "/accounts/",
        "/api/",
        "/invitation/",
        "/welcome/",
    ]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private)]
    lines.append(f"Sitemap: {settings.SITE_URL}{reverse('public:sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


class _Pages(Sitemap):
    """Pages that are always there."""

    def items(self) -> list[str]:
        return ["public:home", "public:how", "public:node-list", "public:apply"]

    def location(self, item: Any) -> str:
        return reverse(item)


class _Nodes(Sitemap):
    """One page a node."""

    def __init__(self, nodes: QuerySet[Node]) -> None:
        self.nodes = nodes

    def items(self) -> QuerySet[Node]:
        return self.nodes

    def location(self, item: Any) -> str:
        return reverse("public:node-detail", kwargs={"node": item.slug})


def _draw(request: HttpRequest, door: Door, name: str, context: dict[str, Any]) -> HttpResponse:
    """A page of the street. Who is not signed in has no form here, so their page carries no token and sets no cookie."""
    nobodys = {} if door.user else {"csrf_token": ""}
    return render(request, f"coop/directory/{name}.html", {**context, **nobodys})


def _nodes(door: Door) -> QuerySet[Node]:
    if not isinstance(door, PublicDoor):
        raise TypeError("the directory is entered from the street")
    return door.all(Node).filter(is_open=True).prefetch_related("opening_hours", "closures")


def _places(request: HttpRequest, door: Door) -> list[dict[str, Any]]:
    here = _near(request)
    places = [_place(node, here) for node in _nodes(door)]
    return sorted(places, key=lambda place: place["distance_m"] or 0) if here else places


def _place(node: Node, here: tuple[float, float] | None) -> dict[str, Any]:
    away = distance_m(*here, node.latitude, node.longitude) if here else None
    return {
        "node": node,
        "window": window(node.tier, node.cutoff_at),
        "distance_m": away,
        "km": f"{away / 1000:.1f}" if away is not None else "",
        "in_reach": away is None or away <= node.reach_m,
    }


def _near(request: HttpRequest) -> tuple[float, float] | None:
    """The visitor's place in degrees, if they gave one that is on earth; anything else is ignored."""
    latitude, _, longitude = request.GET.get("near", "").partition(",")
    try:
        here = float(latitude), float(longitude)
    except ValueError:
        return None
    return here if abs(here[0]) <= 90 and abs(here[1]) <= 180 else None


def _ships_by(node: Node) -> Any:
    try:
        return Schedule.of(node).promise(clock.now())
    except NeverOpen:
        return None
