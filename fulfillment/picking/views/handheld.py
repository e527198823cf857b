"""The picker's phone: one stop a screen. Every answer is the whole screen, so that it works with and without script."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from coop.kernel.errors import DomainError
from coop.models import Bin, Cart
from coop.nodes.doors import NodeDoor, floor
from fulfillment.picking.models import Batch, PickTask, still_open
from fulfillment.picking.reads import cancelled_under_way, open_walks, stop_counts
from fulfillment.picking.services import (
    PickResult,
    claim_batch,
    confirm_picks,
    queue_of,
    release_batch,
)


@floor()
def pick(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """The stop I stand at, or the button that gets me work."""
    return _screen(request, door)


@floor(methods=["POST"])
def get_work(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """The next walk; a cart's code may be scanned with it."""
    code = request.POST.get("code", "").strip()
    cart = door.all(Cart).filter(code__iexact=code).first() if code else None
    if code and cart is None:
        return _idle(request, door, result="bad", words=f"No cart {code} here")
    try:
        claim_batch(node=door.node, picker=_me(door), cart=cart)
    except DomainError as error:
        return _idle(request, door, result="bad", words=error.message)
    return redirect("floor:pick", node=door.node.slug)


@floor(methods=["POST"])
def scan(request: HttpRequest, door: NodeDoor, task: UUID) -> HttpResponse:
    """A scanned or typed code: first the bin, then the goods."""
    stop = _stop(door, task)
    code = request.POST.get("code", "").strip()
    at_bin = request.POST.get("at") == "sku"
    if not stop.is_still_open:
        words = _cancelled_words(stop) if stop.is_passed_by else "That stop is done already"
        return _screen(request, door, result="bad", words=words)
    if not at_bin:
        return _bin_scanned(request, door, stop, code)
    if code.casefold() not in {stop.sku.code.casefold(), stop.sku.gtin or stop.sku.code.casefold()}:
        # Scanning the bin again is no mistake, only of no use.
        words = "That is the bin. Scan the goods" if _is(stop.bin, code) else f"Wrong goods: {code[:24]}"
        return _screen(request, door, at="sku", result="bad", words=words)
    if stop.quantity == 1:
        return _confirm(request, door, stop, 1)
    return _screen(request, door, at="picked", result="good", words=f"Right. Take {stop.quantity}")


@floor(methods=["POST"])
def confirm(request: HttpRequest, door: NodeDoor, task: UUID) -> HttpResponse:
    """So many pieces are in the tote."""
    stop = _stop(door, task)
    quantity = request.POST.get("quantity", "")
    if not quantity.isdigit():
        return _screen(request, door, result="bad", words="How many? Type a number")
    return _confirm(request, door, stop, int(quantity))


@floor()
def short(request: HttpRequest, door: NodeDoor, task: UUID) -> HttpResponse:
    """Fewer there than asked for: how many were found, and what happens then."""
    stop = _stop(door, task)
    if not stop.is_still_open:
        return redirect("floor:pick", node=door.node.slug)
    found = range(min(stop.quantity, 12))
    return render(
        request,
        "fulfillment/picking/short.html",
        {"door": door, "node": door.node, "task": stop, "found": found, "hand": _hand(request)},
    )


@floor(methods=["GET", "POST"])
def give_back(request: HttpRequest, door: NodeDoor, batch: UUID) -> HttpResponse:
    """Leave a walk to somebody else."""
    walk = door.get(Batch, batch)
    mine = walk.picker_id == _me(door).pk
    if request.method == "POST":
        release_batch(batch=walk, by=_me(door))
        return redirect("floor:pick" if mine else "floor:board", node=door.node.slug)
    counts = door.all(PickTask).filter(batch=walk).aggregate(**stop_counts())
    context = {
        "door": door,
        "node": door.node,
        "batch": walk,
        "mine": mine,
        "done": counts["done"],
        "hand": _hand(request),
    }
    return render(request, "fulfillment/picking/give_back.html", context)


def _bin_scanned(request: HttpRequest, door: NodeDoor, stop: PickTask, code: str) -> HttpResponse:
    if _is(stop.bin, code):
        return _screen(request, door, at="sku", result="good", words="Right bin. Scan the goods")
    known = door.all(Bin).filter(code__iexact=code).exists()
    words = (
        f"Wrong bin: this is {code.upper()}" if known else f"No bin {code[:16]} here.\nGo to {stop.bin.code}"
    )
    return _screen(request, door, result="bad", words=words)


def _is(bin_: Bin, code: str) -> bool:
    return code.casefold() == bin_.code.casefold()


def _confirm(request: HttpRequest, door: NodeDoor, stop: PickTask, quantity: int) -> HttpResponse:
    try:
        done = confirm_picks(batch=stop.batch, results=[PickResult(stop.pk, quantity)], by=_me(door))
    except DomainError as error:
        return _screen(request, door, result="bad", words=error.message)
    if done.cancelled:
        words = f"{_cancelled_words(stop)}.\nBack into {stop.bin.code}"
        return _screen(
            request, door, result="bad", words=words, finished=stop.batch if done.batch_done else None
        )
    words = f"{quantity} of {stop.quantity} into tote {stop.tote}"
    if done.short:
        words = f"Short booked: {quantity} of {stop.quantity}"
    return _screen(
        request, door, result="good", words=words, finished=stop.batch if done.batch_done else None
    )


def _cancelled_words(stop: PickTask) -> str:
    return _("Order %(number)s was cancelled") % {"number": stop.order.number}


def _screen(
    request: HttpRequest,
    door: NodeDoor,
    *,
    at: str = "bin",
    result: str = "",
    words: str = "",
    finished: Batch | None = None,
) -> HttpResponse:
    batch = (
        door.all(Batch)
        .filter(picker=_me(door), state=Batch.State.WALKING)
        .select_related("cart", "wave__node")
        .first()
    )
    if batch is None:
        return _idle(request, door, result=result, words=words, finished=finished)
    stops = _stops(door).filter(batch=batch)
    # Two rows: where I stand and where I go next.
    ahead = list(stops.filter(still_open()).order_by("sequence")[:2])
    if not ahead:
        # All that is left was cancelled; asking for work closes the walk.
        return _idle(request, door, result=result, words=words, finished=batch)
    counts = stops.aggregate(**stop_counts())
    context: dict[str, Any] = {
        "door": door,
        "node": door.node,
        "batch": batch,
        "task": ahead[0],
        "next": ahead[1] if len(ahead) > 1 else None,
        "counts": counts,
        "turn": counts["done"] + 1,
        "cancelled": cancelled_under_way(batch) if counts["passed"] else [],
        "at": at,
        "result": result,
        "words": words,
        "hand": _hand(request),
    }
    return render(request, "fulfillment/picking/pick.html", context)


def _idle(
    request: HttpRequest,
    door: NodeDoor,
    *,
    result: str = "",
    words: str = "",
    finished: Batch | None = None,
) -> HttpResponse:
    """Nothing in hand: what was done, and the button for more."""
    to_do = open_walks(door.node).count()
    context: dict[str, Any] = {
        "door": door,
        "node": door.node,
        "open_walks": to_do,
        "queued": 0 if to_do else queue_of(door.node).count(),
        "carts": door.all(Cart).exists(),
        "result": result,
        "words": words,
        "finished": finished,
        "hand": _hand(request),
    }
    if finished is not None:
        stops = door.all(PickTask).filter(batch=finished)
        filled = Count("tote", distinct=True, filter=Q(quantity_picked__gt=0))
        context["totals"] = stops.aggregate(**stop_counts(), totes=filled)
        context["cancelled"] = cancelled_under_way(finished)
        context["to_close"] = finished.state == Batch.State.WALKING
    return render(request, "fulfillment/picking/idle.html", context)


def _stops(door: NodeDoor) -> QuerySet[PickTask]:
    return door.all(PickTask).select_related("sku", "bin__zone", "member", "order", "batch__wave")


def _stop(door: NodeDoor, task: UUID) -> PickTask:
    found = _stops(door).filter(pk=task).first()
    return found if found is not None else door.get(PickTask, task)


def _me(door: NodeDoor) -> Any:
    return door.user


def _hand(request: HttpRequest) -> str:
    return "left" if request.COOKIES.get("hand") == "left" else "right"
