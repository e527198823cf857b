"""The member's inbound shipments: announce, follow, print the box labels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.kernel.paging import keyset
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.models import Node, Sku
from coop.web.forms import refuse
from fulfillment.drops.models import CycleRun, Drop
from fulfillment.drops.services import bring_goods, missing_on, next_leg
from fulfillment.inventory import services
from fulfillment.inventory.forms import AsnForm
from fulfillment.inventory.lines import lines_form
from fulfillment.inventory.models import Asn
from fulfillment.inventory.reads import with_sums

DATALIST = 500


@portal(OWNER, MANAGER)
def asn_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Shipments on their way and those that came."""
    asns = with_sums(door.all(Asn).select_related("node"))
    if (state := request.GET.get("state", "")) in Asn.State.values:
        asns = asns.filter(state=state)
    if query := request.GET.get("q", "").strip():
        asns = asns.filter(number__icontains=query)
    context = {
        "page": keyset(request, asns, order=("-announced_at", "-id")),
        "states": Asn.State.choices,
        "coming": door.all(Asn).filter(state__in=[Asn.State.ANNOUNCED, Asn.State.RECEIVING]).count(),
    }
    return render(request, "fulfillment/inventory/asn_list.html", context)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def asn_new(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Announce a shipment; `?drop=` takes over the list of a drop, `?sku=` one SKU."""
    nodes = door.shared(Node).filter(is_open=True)
    skus = door.all(Sku)
    sent = request.POST if request.method == "POST" else None
    more = sent is not None and "more" in sent
    initial, rows = _suggestion(request, door)
    form = AsnForm(sent, nodes=nodes, initial=initial)
    lines = lines_form(sent, skus, rows)
    if sent is not None and not more and form.is_valid() and lines.is_valid():
        try:
            asn = services.announce_asn(
                member=door.member, lines=lines.lines(), by=door.user, **form.cleaned_data
            )
        except DomainError as error:
            refuse(form, error)
        else:
            _tell_drop(request, door, asn)
            messages.success(request, f"{asn.number} is announced. Print its box labels now.")
            return redirect("portal:asn-detail", member=door.member.slug, pk=asn.pk)
    context = {
        "form": form,
        "lines": lines,
        "checked": sent is not None and not more,
        "runs": _next_runs(door),
        "skus": skus.filter(is_active=True).order_by("code")[:DATALIST],
    }
    bad = context["checked"]
    return render(request, "fulfillment/inventory/asn_new.html", context, status=422 if bad else 200)


@portal(OWNER, MANAGER)
def asn_detail(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """One shipment: what was announced, what came, what lies on a shelf."""
    asn = door.get(Asn, pk)
    lines = asn.lines.select_related("sku").order_by("sku__code")
    return render(
        request, "fulfillment/inventory/asn_detail.html", {"asn": asn, "lines": lines, "node": asn.node}
    )


@portal(OWNER, MANAGER)
def asn_label(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Labels for the boxes, 100 × 150 mm, one for each."""
    asn = door.get(Asn, pk)
    context = {"asn": asn, "node": asn.node, "boxes": range(1, asn.parcels + 1)}
    return render(request, "fulfillment/inventory/asn_label.html", context)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def asn_cancel(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Call a shipment off."""
    asn = door.get(Asn, pk)
    if request.method == "POST":
        services.cancel_asn(asn=asn, by=door.user)
        messages.success(request, f"{asn.number} is called off.")
        return redirect("portal:asn-list", member=door.member.slug)
    context = {
        "base": "base_portal.html",
        "title": f"Call {asn.number} off?",
        "what": "The node will not expect it any more. If the boxes come anyway, they cannot be booked in.",
        "label": "Call it off",
        "back_url": reverse("portal:asn-detail", kwargs={"member": door.member.slug, "pk": pk}),
    }
    return render(request, "confirm.html", context)


def _suggestion(request: HttpRequest, door: MemberDoor) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the form starts with: the drop's goods and run, or the next run of the node used last."""
    rows: list[dict[str, Any]] = []
    drop = _one(door.all(Drop), request.GET.get("drop", ""))
    sku = _one(door.all(Sku), request.GET.get("sku", ""))
    last = door.all(Asn).order_by("-announced_at").first()
    run: CycleRun | None = None
    if drop is not None:
        leg = next_leg(drop)
        run = leg.run if leg else None
        rows = [{"code": sku.code, "quantity": quantity} for sku, quantity in missing_on(leg)] if leg else []
    elif sku is not None:
        rows = [{"code": sku.code}]
    if run is None:
        runs = _next_runs(door)
        run = next((r for r in runs if last is not None and r.cycle.node_id == last.node_id), None)
        run = run or (runs[0] if runs else None)
    if run is None:
        return {"node": last.node_id if last else None}, rows
    node = run.cycle.node
    return {"node": node.pk, "expected_on": run.dock_from.astimezone(node.zone).date(), "parcels": 1}, rows


def _tell_drop(request: HttpRequest, door: MemberDoor, asn: Asn) -> None:
    """The shipment was announced from a drop's page: it brings that drop's goods."""
    drop = _one(door.all(Drop), request.GET.get("drop", ""))
    leg = next_leg(drop, node=asn.node) if drop is not None else None
    if leg is not None:
        try:
            bring_goods(drop=drop, leg=leg, asn=asn, by=door.user)
        except DomainError as error:
            messages.warning(request, error.message)


def _next_runs(door: MemberDoor) -> list[CycleRun]:
    """The next run of each node that can still be announced."""
    now = clock.now()
    runs = door.shared(CycleRun).filter(
        announce_by__gte=now,
        announce_by__lte=now + timedelta(days=60),
        cycle__node__is_open=True,
        is_off=False,
    )
    first = runs.order_by("cycle__node__name", "dock_from").distinct("cycle__node__name")
    return list(first.select_related("cycle__node"))


def _one(rows: Any, pk: str) -> Any:
    try:
        return rows.filter(pk=UUID(pk)).first()
    except ValueError:
        return None
