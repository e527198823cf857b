"""Drops: plan them on a run, watch them open. The floor's dock calendar."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop import clock
from coop.errors import DomainError
from coop.members.access import ACCOUNTANT, MANAGER, OPERATOR, OWNER, MemberDoor, NodeDoor, floor, portal
from coop.models import Node, Sku
from coop.paging import keyset
from coop.web.forms import refuse
from fulfillment.drops import services
from fulfillment.drops.forms import CycleForm, DropForm
from fulfillment.drops.models import CycleRun, Drop, ReplenishmentCycle
from fulfillment.inventory.lines import lines_form
from fulfillment.inventory.models import Asn

DATALIST = 500
RUNS_AHEAD = 40
CALENDAR_DAYS = 28
_LEGS = "legs__run__cycle__node"


@portal(OWNER, MANAGER)
def drop_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Drops ahead, live and over."""
    drops = _with_sums(door.all(Drop))
    if (state := request.GET.get("state", "")) in Drop.State.values:
        drops = drops.filter(state=state)
    ahead = door.all(Drop).ahead().filter(opens_at__gt=clock.now()).order_by("opens_at")  # type: ignore[attr-defined] # Drop's own
    context = {
        "page": keyset(request, drops, order=("-opens_at", "-id")),
        "states": Drop.State.choices,
        "ahead": ahead.count(),
        "next": ahead.prefetch_related(_LEGS).first(),
    }
    return render(request, "fulfillment/drops/drop_list.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def overview_drops(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Fragment for the overview: the next drop's countdown, and the next run that can still be announced."""
    drops = door.all(Drop).prefetch_related(_LEGS)
    context = {
        "live": drops.filter(state=Drop.State.LIVE).order_by("closes_at")[:3],
        "ahead": drops.filter(state__in=Drop.AHEAD).order_by("opens_at")[:3],
        "run": _open_runs(door).first(),
    }
    return render(request, "fulfillment/drops/_overview_drops.html", context)


@portal(OWNER, MANAGER)
def drop_detail(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """One drop: its goods, its run's times, its countdown."""
    drop = door.get(Drop, pk)
    context = {
        "drop": drop,
        "node": drop.home,
        "lines": drop.lines.select_related("sku").order_by("sku__code"),
        "steps": _steps(drop),
    }
    return render(request, "fulfillment/drops/drop_detail.html", context)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_new(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Plan a drop on a run; the next one is proposed, `?run=` takes another."""
    runs = _open_runs(door)
    run = _chosen(runs, (request.POST or request.GET).get("run", "")) or runs.first()
    if run is None:
        return render(request, "fulfillment/drops/drop_new.html", {"runs": []})
    sent = request.POST if request.method == "POST" else None
    checked = sent is not None and "more" not in sent
    form = DropForm(sent, run=run)
    lines = lines_form(sent, door.all(Sku))
    if checked and form.is_valid() and lines.is_valid():
        try:
            drop = services.schedule_drop(
                member=door.member,
                legs=[services.LegInput(run, lines.lines())],
                by=door.user,
                **form.cleaned_data,
            )
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{drop.title} is reserved. Announce its goods next.")
            return redirect("portal:drop-detail", member=door.member.slug, pk=drop.pk)
    context = {
        "form": form,
        "lines": lines,
        "checked": checked,
        "run": run,
        "node": run.cycle.node,
        "runs": [(other.pk, _label(other)) for other in runs[:RUNS_AHEAD]],
        "skus": door.all(Sku).filter(is_active=True).order_by("code")[:DATALIST],
    }
    return render(request, "fulfillment/drops/drop_new.html", context, status=422 if checked else 200)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_cancel(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Call a planned drop off."""
    drop = door.get(Drop, pk)
    if request.method == "POST":
        services.cancel_drop(drop=drop, by=door.user)
        messages.success(request, f"{drop.title} is called off.")
        return redirect("portal:drop-list", member=door.member.slug)
    return _ask(
        request,
        door,
        drop,
        title=f"Call {drop.title} off?",
        what="It will not open. Goods that were announced for it still come.",
        label="Call it off",
    )


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_close(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """End a live drop now."""
    drop = door.get(Drop, pk)
    if request.method == "POST":
        services.close_drop(drop=drop, by=door.user)
        messages.success(request, f"{drop.title} is closed.")
        return redirect("portal:drop-detail", member=door.member.slug, pk=pk)
    return _ask(
        request,
        door,
        drop,
        title=f"Close {drop.title} now?",
        what="It ends at once and cannot be opened again. Orders that came in are still sent.",
        label="Close it",
    )


@floor()
def dock(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """The dock calendar: the runs of the weeks ahead and the shipments expected on each day."""
    today = clock.today(door.node.timezone)
    until = today + dt.timedelta(days=CALENDAR_DAYS)
    runs = door.shared(CycleRun).filter(
        cycle__node=door.node, is_off=False, dock_until__gte=clock.now(), dock_from__date__lte=until
    )
    asns = (
        door.all(Asn)
        .filter(state__in=[Asn.State.ANNOUNCED, Asn.State.RECEIVING], expected_on__lte=until)
        .select_related("member")
        .annotate(pieces=Sum("lines__quantity_expected", default=0))
        .order_by("expected_on", "announced_at")[:500]
    )
    days: dict[dt.date, dict[str, list[object]]] = defaultdict(lambda: {"runs": [], "asns": []})
    for run in runs.select_related("cycle").annotate(drop_count=Count("legs")):
        days[run.dock_from.astimezone(door.node.zone).date()]["runs"].append((run, _hours(run, door.node)))
    for asn in asns:
        # What should have come and has not still comes: it stands under today.
        days[max(asn.expected_on, today)]["asns"].append(asn)
    context = {
        "days": sorted(days.items()),
        "today": today,
        "cycles": door.all(ReplenishmentCycle),
        "form": CycleForm(initial={"starts_on": today}) if door.role == OPERATOR else None,
    }
    return render(request, "fulfillment/drops/dock.html", context)


@floor(OPERATOR, methods=("GET", "POST"))
def cycle_new(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Give the node another cycle."""
    form = CycleForm(request.POST or None, initial={"starts_on": clock.today(door.node.timezone)})
    if request.method == "POST" and form.is_valid():
        try:
            cycle = services.save_cycle(node=door.node, by=door.user, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{cycle.name} is set; members see its runs.")
            return redirect("floor:dock", node=door.node.slug)
    return render(
        request, "fulfillment/drops/cycle_new.html", {"form": form}, status=422 if form.errors else 200
    )


def _open_runs(door: MemberDoor) -> QuerySet[CycleRun]:
    """Runs whose goods can still be announced, the next first."""
    runs = door.shared(CycleRun).filter(announce_by__gte=clock.now(), cycle__node__is_open=True, is_off=False)
    return runs.select_related("cycle__node").order_by("dock_from", "id")


def _chosen(runs: QuerySet[CycleRun], pk: str) -> CycleRun | None:
    try:
        return runs.filter(pk=UUID(pk)).first()
    except ValueError:
        return None


def _hours(run: CycleRun, node: Node) -> str:
    """The dock window on the node's wall clock."""
    opens, closes = run.dock_from.astimezone(node.zone), run.dock_until.astimezone(node.zone)
    return f"{opens:%H:%M}–{closes:%H:%M}"


def _label(run: CycleRun) -> str:
    node = run.cycle.node
    return f"{node.name}, dock {run.dock_from.astimezone(node.zone):%a %d %b %Y %H:%M}"


def _with_sums(drops: QuerySet[Drop]) -> QuerySet[Drop]:
    return drops.prefetch_related(_LEGS).annotate(
        sku_count=Count("lines"), pieces=Sum("lines__quantity", default=0)
    )


def _steps(drop: Drop) -> list[dict[str, object]]:
    """Where the drop is on its way, for the steps component."""
    run, now = drop.legs.order_by("available_from")[0].run, clock.now()
    moments = [
        ("Announce the goods", run.announce_by),
        ("Dock open", run.dock_from),
        ("On sale from", run.available_from),
        ("Opens", drop.opens_at),
    ]
    if drop.closes_at is not None:
        moments.append(("Ends", drop.closes_at))
    current = next((n for n, (_, at) in enumerate(moments) if at > now), len(moments))
    return [
        {"title": title, "at": at, "state": "done" if n < current else "current" if n == current else ""}
        for n, (title, at) in enumerate(moments)
    ]


def _ask(
    request: HttpRequest, door: MemberDoor, drop: Drop, *, title: str, what: str, label: str
) -> HttpResponse:
    back = reverse("portal:drop-detail", kwargs={"member": door.member.slug, "pk": drop.pk})
    context = {"base": "base_portal.html", "title": title, "what": what, "label": label, "back_url": back}
    return render(request, "confirm.html", context)
