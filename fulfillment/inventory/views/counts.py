"""The floor: count bins, set the books right, find anything by scanning it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.models import Bin
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from coop.web.pages import show_form, submit
from fulfillment.inventory import services
from fulfillment.inventory.forms import AdjustForm, CountForm
from fulfillment.inventory.models import Asn, CountTask, Stock, StockMove
from fulfillment.inventory.scans import same_code
from fulfillment.inventory.services import Place

SHOWN = 200


@floor()
def count_list(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Bins that somebody should count, on the way through the node; and what was counted last."""
    code = request.GET.get("code", "").strip()
    tasks = door.all(CountTask).select_related("sku", "bin", "member")
    waiting = tasks.filter(state=CountTask.State.OPEN).order_by("bin__walk_order", "bin__code", "id")
    words = ""
    if code:
        task = waiting.filter(bin__code__iexact=code).first()
        if task is not None:
            return redirect("floor:count", node=door.node.slug, pk=task.pk)
        words = f"{code} waits for no count."
    done = tasks.filter(state=CountTask.State.DONE).order_by("-counted_at")[:20]
    moves = door.all(StockMove).filter(source_type="count", source_id__in=[task.pk for task in done])
    differences = {m.source_id: m.quantity if m.to_bin_id else -m.quantity for m in moves}
    context = {
        "tasks": waiting[:SHOWN],
        "done": [(task, differences.get(task.pk, 0)) for task in done],
        "words": words,
        "result": "bad" if words else "",
    }
    return render(request, "fulfillment/inventory/count_list.html", context)


@floor(methods=("GET", "POST"))
def count(request: HttpRequest, door: NodeDoor, pk: UUID) -> HttpResponse:
    """One bin: a blind count."""
    task = door.get(CountTask, pk)
    form = CountForm(request.POST or None)
    if submit(request, form, lambda told: services.record_count(task=task, by=door.user, **told)):
        counted = form.cleaned_data["counted"]
        messages.success(request, f"{task.bin.code}: {counted} × {task.sku.code} counted.")
        return redirect("floor:count-list", node=door.node.slug)
    return show_form(request, "fulfillment/inventory/count.html", form, {"task": task})


@floor(methods=("POST",))
def count_ask(request: HttpRequest, door: NodeDoor, pk: UUID) -> HttpResponse:
    """Ask for a place to be counted."""
    stock = door.get(Stock, pk)
    new = services.open_count(places=[Place.of(stock)], reason="asked for on the floor")
    words = "is on the list of counts." if new else "waits for a count already."
    messages.success(request, f"{stock.bin.code}, {stock.sku.code}, {words}")
    return redirect("floor:count-list", node=door.node.slug)


@floor(OPERATOR, methods=("GET", "POST"))
def adjust(request: HttpRequest, door: NodeDoor, pk: UUID) -> HttpResponse:
    """Set what lies in a place to what was found there, with the reason."""
    stock = door.get(Stock, pk)
    form = AdjustForm(request.POST or None)
    place = Place.of(stock)
    if submit(request, form, lambda told: services.adjust_stock(place=place, by=door.user, **told)):
        counted = form.cleaned_data["counted"]
        messages.success(request, f"{stock.bin.code}: {counted} × {stock.sku.code} on hand.")
        return redirect(f"{reverse('floor:find', kwargs={'node': door.node.slug})}?code={stock.bin.code}")
    return show_form(request, "fulfillment/inventory/adjust.html", form, {"stock": stock})


@floor()
def find(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Scan anything: a bin shows what lies in it, a piece where it lies, a box label opens its shipment."""
    code = request.GET.get("code", "").strip()
    context: dict[str, Any] = {"code": code}
    if code:
        asn = door.all(Asn).filter(number__iexact=code).first()
        if asn is not None:
            return redirect("floor:receive", node=door.node.slug, pk=asn.pk)
        context |= _found(door, code)
    return render(request, "fulfillment/inventory/find.html", context)


def _found(door: NodeDoor, code: str) -> dict[str, Any]:
    stock = door.all(Stock).filter(on_hand__gt=0).select_related("sku", "bin", "member", "lot")
    place = door.all(Bin).filter(code__iexact=code).select_related("zone").first()
    if place is not None:
        rows = stock.filter(bin=place).order_by("sku__code")
        return {"bin": place, "rows": rows[:SHOWN], "result": "good", "words": f"Bin {place.code}"}
    rows = stock.filter(same_code(code, "sku__")).order_by("bin__walk_order", "bin__code")
    if rows:
        return {"rows": rows[:SHOWN], "result": "good", "words": f"{rows[0].sku.code}"}
    return {"rows": [], "result": "bad", "words": f"{code} is no bin and no goods of {door.node.name}"}
