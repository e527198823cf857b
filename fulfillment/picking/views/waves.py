"""The queue and the waves."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from coop.web.pages import show_form
from fulfillment.orders.models import Order
from fulfillment.picking import reads
from fulfillment.picking.forms import ReleaseForm
from fulfillment.picking.models import Batch, PickTask, Wave, passed_by
from fulfillment.picking.reads import stop_counts
from fulfillment.picking.services import preview_wave, queue_of, release_wave


@floor(OPERATOR)
def queue(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """The node's pooled queue over all members, and the next wave."""
    rows = queue_of(door.node)
    everything = rows
    if member := request.GET.get("member", ""):
        rows = rows.filter(member__slug=member)
    if zone := request.GET.get("zone", ""):
        rows = rows.filter(bin__zone__code=zone)
    if due := request.GET.get("due", ""):
        rows = rows.filter(_due(door, due))
    if request.GET.get("state") == "waiting":
        rows = rows.filter(order__state=Order.State.WAITING)
    form = ReleaseForm(request.GET if "max_orders" in request.GET else None)
    chosen = _chosen(form)
    totals = everything.order_by().aggregate(
        orders=Count("order", distinct=True), pieces=Sum("quantity"), members=Count("member", distinct=True)
    )
    context = {
        "door": door,
        "node": door.node,
        "page": keyset(request, rows.filter(ship_by__isnull=False), order=("ship_by", "id"), size=60),
        "totals": totals,
        "members": _counts(everything, "member__slug", "member__name"),
        "zones": _counts(everything, "bin__zone__code", "bin__zone__code"),
        "dues": _due_counts(door, everything),
        "chosen": chosen,
        "preview": chosen
        and preview_wave(
            node=door.node, max_orders=chosen["max_orders"], due_before=_before(door, chosen["due"])
        ),
        "waves": reads.waves(door.node),
    }
    shown = form if form.is_bound else ReleaseForm(initial=chosen)
    return show_form(request, "fulfillment/picking/queue.html", shown, context)


@floor(OPERATOR, methods=["POST"])
def wave_release(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Release the wave that the preview showed; what makes no sense is explained where it is typed."""
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        typed = urlencode({name: request.POST.get(name, "") for name in form.fields})
        return redirect(reverse("floor:queue", kwargs={"node": door.node.slug}) + "?" + typed)
    wave = release_wave(
        node=door.node,
        by=door.user,
        max_orders=form.cleaned_data["max_orders"],
        due_before=_before(door, form.cleaned_data["due"]),
    )
    return redirect("floor:wave", node=door.node.slug, wave=wave.pk)


@floor()
def wave_detail(request: HttpRequest, door: NodeDoor, wave: UUID) -> HttpResponse:
    """A wave's batches, how far each is and who walks it."""
    found = door.get(Wave, wave)
    batches = (
        door.all(Batch)
        .filter(wave=found)
        .select_related("picker", "cart", "wave__node")
        .annotate(
            **stop_counts("tasks"),
            orders=Count("tasks__order", distinct=True, filter=~passed_by("tasks")),
        )
        .order_by("position")
    )
    context = {
        "door": door,
        "node": door.node,
        "wave": found,
        "batches": batches,
        "totals": reads.wave_totals(found),
    }
    return render(request, "fulfillment/picking/wave.html", context)


@floor()
def batch_sheet(request: HttpRequest, door: NodeDoor, batch: UUID) -> HttpResponse:
    """The pick list on paper, for the day on which no phone works."""
    found = door.all(Batch).select_related("wave__node", "cart", "picker").filter(pk=batch)
    walk = door.get(Batch, batch) if not found else found[0]
    tasks = (
        door.all(PickTask)
        .filter(batch=walk)
        .select_related("sku", "bin", "order", "member")
        .order_by("sequence")
    )
    counts = door.all(PickTask).filter(batch=walk).aggregate(**stop_counts())
    context = {"door": door, "node": door.node, "batch": walk, "tasks": tasks, "counts": counts}
    return render(request, "fulfillment/picking/sheet.html", context)


def _chosen(form: ReleaseForm) -> dict[str, Any] | None:
    """What a release would take: what was asked for, at first the usual; nothing while the form makes no sense."""
    if not form.is_bound:
        return {"max_orders": form.fields["max_orders"].initial, "due": ""}
    return form.cleaned_data if form.is_valid() else None


def _counts(rows, value: str, label: str) -> list[tuple[str, str, int]]:  # type: ignore[no-untyped-def]
    found = rows.order_by().values_list(value, label).annotate(n=Count("id")).order_by(label)
    return [(v, text, n) for v, text, n in found if v]


def _before(door: NodeDoor, due: str) -> dt.datetime | None:
    if due != "today":
        return None
    tomorrow = clock.today(door.node.timezone) + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(0), tzinfo=door.node.zone)


def _due(door: NodeDoor, due: str) -> Q:
    now, midnight = clock.now(), _before(door, "today")
    return {
        "late": Q(ship_by__lt=now),
        "today": Q(ship_by__gte=now, ship_by__lt=midnight),
        "later": Q(ship_by__gte=midnight),
    }.get(due, Q())


def _due_counts(door: NodeDoor, rows) -> list[tuple[str, str, int]]:  # type: ignore[no-untyped-def]
    names = {"late": "Late", "today": "Today", "later": "Later"}
    counts = rows.order_by().aggregate(**{key: Count("id", filter=_due(door, key)) for key in names})
    return [(key, label, counts[key]) for key, label in names.items() if counts[key]]
