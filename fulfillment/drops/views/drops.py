"""A member's drops: the list, one drop with all that is known of it, its sales, and the fragment for the overview."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.web.pages import picked
from fulfillment.drops.models import Drop, DropSale
from fulfillment.drops.reads import abroad, handled, legs_told, sold_by_hour, with_sums
from fulfillment.drops.views.plan import open_runs

_LEGS = "legs__run__cycle__node"
_NEWEST = 5
_MOST_STEPS = 50
SOON_DAYS = 60


@portal(OWNER, MANAGER)
def drop_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Drops ahead, live and over."""
    drops = picked(request, with_sums(door.all(Drop)), "state", Drop.State)
    ahead = door.all(Drop).filter(state__in=Drop.AHEAD, opens_at__gt=clock.now()).order_by("opens_at")
    context = {
        "page": keyset(request, drops, order=("-opens_at", "-id")),
        "states": Drop.State.choices,
        "ahead": ahead.count(),
        "next": ahead.prefetch_related(_LEGS).first(),
        "live": door.all(Drop).filter(state=Drop.State.LIVE).count(),
    }
    return render(request, "fulfillment/drops/drop_list.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def overview_drops(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Fragment for the overview: the next drop's countdown, and the next run that can still be announced."""
    drops = door.all(Drop).prefetch_related(_LEGS)
    context = {
        "live": drops.filter(state=Drop.State.LIVE).order_by("closes_at")[:3],
        "ahead": drops.filter(state__in=Drop.AHEAD).order_by("opens_at")[:3],
        "run": open_runs(door).first(),
    }
    return render(request, "fulfillment/drops/_overview_drops.html", context)


@portal(OWNER, MANAGER)
def next_runs(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Fragment for the page on which a shipment is announced: the next run of each node, with its dock day there."""
    soon = open_runs(door).filter(announce_by__lte=clock.now() + dt.timedelta(days=SOON_DAYS))
    first = soon.order_by("cycle__node__name", "dock_from").distinct("cycle__node__name")
    runs = [(run, run.dock_from.astimezone(run.cycle.node.zone).date()) for run in first]
    return render(request, "fulfillment/drops/_next_runs.html", {"runs": runs})


@portal(OWNER, MANAGER)
def drop_detail(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """One drop: countdown, planned against sold, what is reserved, what came, what is sent, what happened, what it cost."""
    drop = door.get(Drop, pk)
    legs = legs_told(drop)
    node = min(legs, key=lambda told: told.leg.pk).node
    lines = list(drop.lines.select_related("sku").order_by("sku__code"))
    planned = min(sum(line.quantity for line in lines), drop.burst_picks)
    context = {
        "drop": drop,
        "node": node,
        "legs": legs,
        "lines": lines,
        "planned": planned,
        "left": max(0, planned - drop.sold),
        "handled": handled(drop),
        "chart": sold_by_hour(drop, planned, node.zone),
        "to_announce": [told for told in legs if told.can_be_announced],
        "late": [told for told in legs if told.is_late],
        "sales": list(door.all(DropSale).filter(drop=drop).select_related("order").order_by("-sold_at", "-order_id")[:_NEWEST]),
        "events": [
            {"what": step.what, "at": step.taken_at, "by": step.taken_by, "tone": ""}
            for step in drop.steps.select_related("taken_by").order_by("-taken_at", "-id")[:_MOST_STEPS]
        ],
        "abroad": abroad(drop.opens_at, node),
        "can_slip": drop.state in (Drop.State.RESERVED, Drop.State.ANNOUNCED),
    }  # fmt: skip
    return render(request, "fulfillment/drops/drop_detail.html", context)


@portal(OWNER, MANAGER)
def drop_sales(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Who bought from a drop, the newest first; `?only=` preorders, or those of which something was cut."""
    drop = door.get(Drop, pk)
    sales = door.all(DropSale).filter(drop=drop).select_related("order")
    only = request.GET.get("only", "")
    if only == "preorders":
        sales = sales.filter(is_preorder=True)
    elif only == "cut":
        sales = sales.filter(cut__gt=0)
    context = {
        "drop": drop,
        "node": drop.home,
        "page": keyset(request, sales, order=("-sold_at", "-order_id")),
        "kinds": [("preorders", "Preorders"), ("cut", "Cut")],
    }
    return render(request, "fulfillment/drops/drop_sales.html", context)
