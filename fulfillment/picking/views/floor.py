"""The board, the queue and the waves."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from coop.nodes.hours import Schedule
from fulfillment.models import Batch, Order, PickTask, Wave
from fulfillment.picking import board as reads
from fulfillment.picking.forms import ReleaseForm
from fulfillment.picking.services import preview_wave, queue_of, release_wave


@floor()
def board(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """The wall: what must leave when, who is at it, and what is in the way."""
    node = door.node
    pace = reads.pieces_an_hour(node)
    lanes = reads.lanes(node, pace)
    schedule, today = Schedule.of(node), clock.today(node.timezone)
    cutoff = schedule.cutoff_on(today) if schedule.is_open(today) else None
    context = {
        "door": door,
        "node": node,
        "now": clock.now(),
        "lanes": lanes,
        "most": max((lane.pieces for lane in lanes), default=1),
        "figures": reads.figures(node, pace),
        "waves": reads.waves(node),
        "people": reads.people(node),
        "troubles": reads.troubles(node, lanes),
        "cutoff": cutoff,
        "cutoff_label": f"{cutoff.astimezone(node.zone):%H:%M %Z}" if cutoff else "",
    }
    part = (
        "fulfillment/picking/_board.html"
        if request.headers.get("HX-Request")
        else "fulfillment/picking/board.html"
    )
    return render(request, part, context)


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
    chosen: dict[str, Any] = (
        form.cleaned_data if form.is_bound and form.is_valid() else {"max_orders": 60, "due": ""}
    )
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
        "form": form if form.is_bound else ReleaseForm(initial=chosen),
        "chosen": chosen,
        "preview": preview_wave(
            node=door.node, max_orders=chosen["max_orders"], due_before=_before(door, chosen["due"])
        ),
        "waves": reads.waves(door.node),
    }
    return render(request, "fulfillment/picking/queue.html", context)


@floor(OPERATOR, methods=["POST"])
def wave_release(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Release the wave that the preview showed."""
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return redirect("floor:queue", node=door.node.slug)
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
            stops=Count("tasks"),
            done=Count("tasks", filter=~Q(tasks__state=PickTask.State.OPEN)),
            short=Count("tasks", filter=Q(tasks__state=PickTask.State.SHORT)),
            orders=Count("tasks__order", distinct=True),
        )
        .order_by("position")
    )
    totals = (
        door.all(PickTask)
        .filter(batch__wave=found)
        .aggregate(
            stops=Count("pk"),
            done=Count("pk", filter=~Q(state=PickTask.State.OPEN)),
            short=Count("pk", filter=Q(state=PickTask.State.SHORT)),
            orders=Count("order", distinct=True),
            members=Count("member", distinct=True),
            pieces=Sum("quantity"),
        )
    )
    context = {"door": door, "node": door.node, "wave": found, "batches": batches, "totals": totals}
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
    context = {"door": door, "node": door.node, "batch": walk, "tasks": tasks}
    return render(request, "fulfillment/picking/sheet.html", context)


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
