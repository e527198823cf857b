"""The member's inbound shipments: announce, follow, print the box labels."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel.paging import keyset
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.models import Node, Sku
from coop.web.pages import ask_first, picked, searched, show_form, submit, was_sent
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
    asns = searched(request, picked(request, asns, "state", Asn.State), ["number"])
    context = {
        "page": keyset(request, asns, order=("-announced_at", "-id")),
        "states": Asn.State.choices,
        "coming": door.all(Asn).filter(state__in=[Asn.State.ANNOUNCED, Asn.State.RECEIVING]).count(),
    }
    return render(request, "fulfillment/inventory/asn_list.html", context)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def asn_new(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Announce a shipment; `?sku=` begins with one SKU, `?node=&on=` (slug, day) with a place and a day.

    Goods of a drop are announced on its own page: `?drop=` leads there.
    """
    if request.method == "GET" and (drop := _uuid(request.GET.get("drop", ""))):
        return redirect("portal:drop-announce", member=door.member.slug, pk=drop)
    nodes = door.shared(Node).filter(is_open=True)
    skus = door.all(Sku)
    sent = request.POST if request.method == "POST" else None
    form = AsnForm(sent, nodes=nodes, initial=_suggestion(request, door, nodes))
    named = _uuid(request.GET.get("sku", ""))
    rows = [{"code": sku.code} for sku in skus.filter(pk=named)] if named else []
    lines = lines_form(sent, skus, rows)

    def announce(told: dict[str, Any]) -> Asn:
        return services.announce_asn(member=door.member, lines=lines.lines(), by=door.user, **told)

    announced = submit(request, form, announce, beside=[lines])
    if announced:
        asn = announced.result
        messages.success(request, f"{asn.number} is announced. Print its box labels now.")
        return redirect("portal:asn-detail", member=door.member.slug, pk=asn.pk)
    context = {
        "lines": lines,
        "checked": was_sent(request),
        "skus": skus.filter(is_active=True).order_by("code")[:DATALIST],
    }
    return show_form(request, "fulfillment/inventory/asn_new.html", form, context, beside=[lines])


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
    return ask_first(
        request,
        area="portal",
        title=f"Call {asn.number} off?",
        what="The node will not expect it any more. If the boxes come anyway, they cannot be booked in.",
        label="Call it off",
        back_url=reverse("portal:asn-detail", kwargs={"member": door.member.slug, "pk": pk}),
    )


def _suggestion(request: HttpRequest, door: MemberDoor, nodes: QuerySet[Node]) -> dict[str, Any]:
    """What the form starts with: the node and day that were named, else the node used last."""
    initial: dict[str, Any] = {"parcels": 1}
    if node := nodes.filter(slug=request.GET.get("node", "")).first():
        initial["node"] = node.pk
    elif last := door.all(Asn).order_by("-announced_at").first():
        initial["node"] = last.node_id
    with suppress(ValueError):
        initial["expected_on"] = dt.date.fromisoformat(request.GET.get("on", ""))
    return initial


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
