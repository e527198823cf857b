"""A node's replenishment cycles: how often it takes in goods, and whose drops a change would break."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel import clock
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from coop.web.pages import ask_first, show_form, submit
from fulfillment.drops import services
from fulfillment.drops.errors import CycleInUse
from fulfillment.drops.forms import CycleForm
from fulfillment.drops.models import Drop, ReplenishmentCycle

_MOST = 200


@floor(OPERATOR)
def cycle_list(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """The cycles, those that still make runs first, each with its next run and the drops that ride on it."""
    ahead = Q(runs__dock_from__gt=clock.now(), runs__is_off=False)
    cycles = door.all(ReplenishmentCycle).annotate(
        next_run=Min("runs__dock_from", filter=ahead),
        drop_count=Count("runs__legs__drop", filter=ahead & Q(runs__legs__drop__state__in=Drop.AHEAD), distinct=True),
    )  # fmt: skip
    context = {"cycles": cycles.order_by("-is_active", "name")[:_MOST]}
    return render(request, "fulfillment/drops/cycle_list.html", context)


@floor(OPERATOR, methods=("GET", "POST"))
def cycle_new(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Give the node another cycle."""
    form = CycleForm(request.POST or None, initial={"starts_on": clock.today(door.node.timezone)})
    saved = submit(request, form, lambda told: services.save_cycle(node=door.node, by=door.user, **told))
    if saved:
        messages.success(request, f"{saved.result.name} is set; members see its runs.")
        return redirect("floor:dock", node=door.node.slug)
    return show_form(request, "fulfillment/drops/cycle_new.html", form)


@floor(OPERATOR, methods=("GET", "POST"))
def cycle_change(request: HttpRequest, door: NodeDoor, cycle: UUID) -> HttpResponse:
    """Change a cycle. Drops it would break are named first; "accept" goes on, and they slip."""
    row = door.get(ReplenishmentCycle, cycle)
    start = {name: getattr(row, name) for name in CycleForm.base_fields}
    form = CycleForm(request.POST or None, initial=start)

    def change(told: dict[str, Any]) -> int:
        accept = "accept" in request.POST
        return len(services.change_cycle(cycle=row, changes=told, accept=accept, by=door.user))

    try:
        changed = submit(request, form, change, raising=CycleInUse)
    except CycleInUse as error:
        return _in_use(request, row, error, f"Change {row.name} all the same")
    if changed:
        messages.success(request, f"{form.cleaned_data['name']} is changed. {_told(changed.result)}")
        return redirect("floor:cycle-list", node=door.node.slug)
    return show_form(request, "fulfillment/drops/cycle_change.html", form, {"cycle": row})


@floor(OPERATOR, methods=("GET", "POST"))
def cycle_retire(request: HttpRequest, door: NodeDoor, cycle: UUID) -> HttpResponse:
    """A cycle makes no more runs; drops that ride on those ahead are named first."""
    row = door.get(ReplenishmentCycle, cycle)
    if request.method == "POST":
        try:
            broken = services.retire_cycle(cycle=row, accept="accept" in request.POST, by=door.user)
        except CycleInUse as error:
            return _in_use(request, row, error, f"Retire {row.name} all the same")
        messages.success(request, f"{row.name} makes no more runs. {_told(len(broken))}")
        return redirect("floor:cycle-list", node=door.node.slug)
    return ask_first(
        request,
        area="floor",
        title=f"Retire {row.name}?",
        what="Its runs ahead do not take place, and members plan no more drops on it. If drops ride on them already, "
        "you see which before anything changes.",
        label="Retire it",
        back_url=reverse("floor:cycle-list", kwargs={"node": door.node.slug}),
    )


def _in_use(request: HttpRequest, cycle: ReplenishmentCycle, error: CycleInUse, label: str) -> HttpResponse:
    """The drops that would break, and the same again with "accept"."""
    typed: list[tuple[str, Any]] = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", "accept")
    ]
    context = {"cycle": cycle, "broken": error.broken, "typed": typed, "label": label}
    return render(request, "fulfillment/drops/cycle_in_use.html", context, status=409)


def _told(count: int) -> str:
    if not count:
        return "No drop was touched."
    return f"{count} drop{'s' if count != 1 else ''} moved; everyone concerned is told."
