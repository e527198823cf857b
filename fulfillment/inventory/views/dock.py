"""The floor: receive at the dock, put away on the shelves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.kernel.ids import uuid7
from coop.models import Bin
from coop.nodes.doors import NodeDoor, floor
from coop.web.pages import ask_first
from fulfillment.inventory import services
from fulfillment.inventory.forms import ScanForm
from fulfillment.inventory.models import Asn, AsnLine
from fulfillment.inventory.scans import find_line, same_code
from fulfillment.inventory.services import Receiving, Stow
from fulfillment.inventory.shelves import suggest_bins

SHOWN = 200


@floor()
def receive_list(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """What should come in; a scanned box label opens its shipment."""
    code = request.GET.get("code", "").strip()
    expected = door.all(Asn).filter(state__in=[Asn.State.ANNOUNCED, Asn.State.RECEIVING])
    words = ""
    if code:
        asn = door.all(Asn).filter(number__iexact=code).first()
        if asn is not None:
            return redirect("floor:receive", node=door.node.slug, pk=asn.pk)
        words = f"No shipment {code} is announced for {door.node.name}."
    asns = expected.select_related("member").annotate(
        pieces=Sum("lines__quantity_expected", default=0), arrived=Sum("lines__quantity_received", default=0)
    )
    context = {
        "asns": asns.order_by("expected_on", "announced_at")[:SHOWN],
        "today": clock.today(door.node.timezone),
        "words": words,
        "result": "bad" if words else "",
    }
    return render(request, "fulfillment/inventory/receive_list.html", context)


@floor(methods=("GET", "POST"))
def receive(request: HttpRequest, door: NodeDoor, pk: UUID) -> HttpResponse:
    """One shipment at the dock: scan a piece (or type its code), see expected against received."""
    asn = door.get(Asn, pk)
    said: dict[str, Any] = {}
    form = ScanForm()
    if request.method == "POST":
        sent = ScanForm(request.POST)
        said = _receive_scan(asn, sent, door)
        if said["result"] == "bad":
            form, said["typed"] = _as_typed(sent), request.POST.get("code", "")
        asn.refresh_from_db()
    lines = list(asn.lines.select_related("sku").order_by("sku__code"))
    context = {
        "asn": asn,
        "form": form,
        "lines": [(line, line.difference) for line in lines],
        "expected": sum(line.quantity_expected for line in lines),
        "received": sum(line.quantity_received for line in lines),
        "waiting": sum(line.quantity_received - line.quantity_put_away for line in lines),
        "is_open": asn.state in (Asn.State.ANNOUNCED, Asn.State.RECEIVING),
        **said,
    }
    return render(
        request,
        "fulfillment/inventory/receive.html",
        context,
        status=422 if said.get("result") == "bad" else 200,
    )


@floor(methods=("GET", "POST"))
def receive_close(request: HttpRequest, door: NodeDoor, pk: UUID) -> HttpResponse:
    """End receiving: what is missing does not come on this shipment."""
    asn = door.get(Asn, pk)
    if request.method == "POST":
        services.close_asn(asn=asn, by=door.user)
        messages.success(request, f"{asn.number} is closed. Put its goods away next.")
        return redirect("floor:receive-list", node=door.node.slug)
    missing = sum(max(0, line.quantity_expected - line.quantity_received) for line in asn.lines.all())
    what = f"{missing} announced pieces have not come." if missing else "Everything announced has come."
    return ask_first(
        request,
        area="floor",
        title=f"Close {asn.number}?",
        what=f"{what} Nothing more can be received on it; what lies at the dock is still put away.",
        label="Close it",
        ordinary=True,
        back_url=reverse("floor:receive", kwargs={"node": door.node.slug, "pk": pk}),
    )


@floor()
def putaway_list(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """What waits at the dock; a scanned piece opens it with the shelf to take."""
    waiting = door.all(AsnLine).waiting_at_the_dock()  # type: ignore[attr-defined]
    code = request.GET.get("code", "").strip()
    words = ""
    if code:
        line = waiting.filter(same_code(code, "sku__")).order_by("asn__announced_at").first()
        if line is not None:
            return redirect("floor:putaway", node=door.node.slug, pk=line.pk)
        words = f"{code} does not wait at the dock. Receive it first."
    lines = list(
        waiting.select_related("sku", "asn__member")
        .annotate(pieces=F("quantity_received") - F("quantity_put_away"))
        .order_by("asn__announced_at", "sku__code")[:SHOWN]
    )
    bins = suggest_bins(sku_ids=[line.sku_id for line in lines], node=door.node)
    context = {
        "lines": [(line, bins.get(line.sku_id)) for line in lines],
        "words": words,
        "result": "bad" if words else "",
    }
    return render(request, "fulfillment/inventory/putaway_list.html", context)


@floor(methods=("GET", "POST"))
def putaway(request: HttpRequest, door: NodeDoor, pk: UUID) -> HttpResponse:
    """One thing from the dock: the bin to go to, then the bin that was scanned."""
    line = door.get(AsnLine, pk)
    waiting = line.quantity_received - line.quantity_put_away
    words, form = "", ScanForm(quantity=waiting)
    if request.method == "POST":
        sent = ScanForm(request.POST)
        words = _stow_scan(line, sent, door)
        if not words:
            done = f"{sent.cleaned_data['quantity']} × {line.sku.code} lie in {sent.cleaned_data['code'].upper()}."
            messages.success(request, done)
            return redirect("floor:putaway-list", node=door.node.slug)
        form = _as_typed(sent)
    context = {
        "line": line,
        "sku": line.sku,
        "waiting": waiting,
        "bin": suggest_bins(sku_ids=[line.sku_id], node=door.node).get(line.sku_id),
        "form": form,
        "typed": request.POST.get("code", ""),
        "words": words,
        "result": "bad" if words else "",
    }
    return render(request, "fulfillment/inventory/putaway.html", context, status=422 if words else 200)


def _as_typed(sent: ScanForm) -> ScanForm:
    """The form of a refused scan, for the next try: what was typed, and an id of its own."""
    return ScanForm(initial={"quantity": sent.data.get("quantity", ""), "scan_id": uuid7()})


def _receive_scan(asn: Asn, sent: ScanForm, door: NodeDoor) -> dict[str, Any]:
    """Book one scan; what to say of it."""
    if not sent.is_valid():
        return {"result": "bad", "words": _first_problem(sent)}
    read = sent.cleaned_data
    try:
        line = find_line(asn, read["code"])
        came = services.receive(
            asn=asn, receipts=[Receiving(line.pk, read["quantity"], read["scan_id"])], by=door.user
        )
    except DomainError as error:
        return {"result": "bad", "words": error.message}
    if not came.new:
        return {"result": "good", "words": f"{line.sku.code}: this scan was booked already", "last": line.pk}
    line.refresh_from_db()
    counted = f"{line.sku.code}: {line.quantity_received} of {line.quantity_expected}"
    if came.over:
        over = line.quantity_received - line.quantity_expected
        return {
            "result": "good",
            "words": f"{counted}, {over} more than announced",
            "last": line.pk,
            "over": True,
        }
    return {"result": "good", "words": counted, "last": line.pk}


def _stow_scan(line: AsnLine, sent: ScanForm, door: NodeDoor) -> str:
    """Put one thing away; what is wrong, or nothing."""
    if not sent.is_valid():
        return _first_problem(sent)
    read = sent.cleaned_data
    shelf = door.all(Bin).filter(code__iexact=read["code"].strip()).first()
    if shelf is None:
        return f"{read['code']} is no bin of {door.node.name}. Scan the label on the shelf."
    try:
        services.put_away(
            asn=line.asn, stows=[Stow(line.pk, shelf.pk, read["quantity"], read["scan_id"])], by=door.user
        )
    except DomainError as error:
        return error.message
    return ""


def _first_problem(form: ScanForm) -> str:
    field, problems = next(iter(form.errors.items()))
    label = form.fields[field].label or field if field in form.fields else ""
    return f"{label}: {problems[0]}"
