"""The pack bench: what lies there, the member's steps, the carton, the scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from coop.kernel.errors import DomainError
from coop.models import Sku
from coop.nodes.doors import NodeDoor, floor
from coop.web.forms import status_of
from coop.web.pages import show_form, submit
from fulfillment.orders.models import Order
from fulfillment.packing import cartons
from fulfillment.packing.bench.drawing import Drawing, draw
from fulfillment.packing.bench.finding import find, orders_to_pack, totes_of
from fulfillment.packing.bench.steps import Step, steps_of
from fulfillment.packing.forms import OWN_BOX, PackForm
from fulfillment.packing.models import Carton, Shipment
from fulfillment.packing.services import confirm_step, goods_weight_g, pack, start_packing
from fulfillment.packing.services.parcels import as_box, as_goods, goods_of


@floor()
def pack_home(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Scan something, or take the next order from the list."""
    return _home(request, door)


@floor(methods=["POST"])
def find_parcel(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """A scanned tote, order or parcel."""
    code = request.POST.get("code", "").strip()
    found = find(door.node, code)
    if found.shipment is not None:
        packing = found.shipment.state == Shipment.State.PACKING
        return redirect(
            "floor:bench" if packing else "floor:parcel", node=door.node.slug, shipment=found.shipment.pk
        )
    if len(found.orders) == 1:
        return _begin(request, door, found.orders[0])
    if found.orders:
        return _home(request, door, choose=found.orders, words=f"{len(found.orders)} orders. Which one?")
    return _home(
        request, door, result="bad", words=f"Nothing to pack under {code[:24]}" if code else "Scan something"
    )


@floor(methods=["POST"])
def begin(request: HttpRequest, door: NodeDoor, order: UUID) -> HttpResponse:
    """Put an order from the list onto the bench."""
    found = orders_to_pack(door.node).filter(pk=order).first()
    if found is None:
        begun = door.all(Shipment).filter(order=order).select_related("order").order_by("-started_at").first()
        if begun is None:
            raise Http404
        found = begun.order
    return _begin(request, door, found)


@floor()
def parcel_bench(request: HttpRequest, door: NodeDoor, shipment: UUID) -> HttpResponse:
    """One parcel: goods on the left, steps on the right, one step lit."""
    return _bench(request, door, _parcel(door, shipment))


@floor(methods=["POST"])
def step_done(request: HttpRequest, door: NodeDoor, shipment: UUID, step: UUID) -> HttpResponse:
    """The lit step is done."""
    parcel = _parcel(door, shipment)
    shown = next((s for s in steps_of([parcel])[parcel.pk] if step in s.same), None)
    if shown is None:
        raise Http404
    confirm_step(shipment=parcel, step=shown.step, by=door.user)
    return redirect("floor:bench", node=door.node.slug, shipment=parcel.pk)


@floor(methods=["POST"])
def close_parcel(request: HttpRequest, door: NodeDoor, shipment: UUID) -> HttpResponse:
    """Into the carton, onto the scale, done."""
    parcel = _parcel(door, shipment)
    form = PackForm(request.POST, cartons=_choices(door))

    def close(told: dict[str, Any]) -> None:
        chosen = told["carton"]
        carton = None if chosen == OWN_BOX else door.shared(Carton).get(pk=chosen)
        pack(shipment=parcel, carton=carton, weight_g=told["weight_g"], by=door.user)

    if submit(request, form, close):
        messages.success(request, f"Parcel {parcel.number} is packed. Print its slip and label.")
        return redirect("floor:parcel", node=door.node.slug, shipment=parcel.pk)
    return _bench(request, door, parcel, form=form)


def _begin(request: HttpRequest, door: NodeDoor, order: Order) -> HttpResponse:
    try:
        parcel = start_packing(
            order=order, node=door.node, by=door.user, take_over="take_over" in request.POST
        )
    except DomainError as error:
        return _home(request, door, result="bad", words=error.message)
    return redirect("floor:bench", node=door.node.slug, shipment=parcel.pk)


def _home(
    request: HttpRequest,
    door: NodeDoor,
    *,
    choose: list[Order] | None = None,
    result: str = "",
    words: str = "",
) -> HttpResponse:
    waiting = choose if choose is not None else list(orders_to_pack(door.node)[:60])
    totes = totes_of(waiting)
    for order in waiting:
        order.tote = totes.get(order.pk, "")  # type: ignore[attr-defined] # for the list alone
    begun = (
        door.all(Shipment)
        .filter(state=Shipment.State.PACKING)
        .select_related("order", "member", "packer")
        .order_by("started_at")[:30]
    )
    context = {
        "door": door,
        "node": door.node,
        "waiting": waiting,
        "total": orders_to_pack(door.node).count(),
        "choosing": choose is not None,
        "begun": begun,
        "result": result,
        "words": words,
    }
    return render(request, "fulfillment/packing/pack.html", context)


def _parcel(door: NodeDoor, shipment: UUID) -> Shipment:
    found = (
        door.all(Shipment)
        .select_related("order", "member", "packer", "carton", "spec_version__spec")
        .filter(pk=shipment)
        .first()
    )
    return found if found is not None else door.get(Shipment, shipment)


def _shelf(door: NodeDoor) -> list[Carton]:
    return list(door.shared(Carton).filter(is_active=True))


def _choices(door: NodeDoor) -> list[tuple[str, str]]:
    return [(str(c.pk), c.name) for c in _shelf(door)]


def _bench(
    request: HttpRequest, door: NodeDoor, parcel: Shipment, *, form: PackForm | None = None
) -> HttpResponse:
    if parcel.state != Shipment.State.PACKING:
        return redirect("floor:parcel", node=door.node.slug, shipment=parcel.pk)
    goods = goods_of([parcel.pk])[parcel.pk]
    steps = steps_of([parcel])[parcel.pk]
    lit = _lit(steps, int(skip) if (skip := request.GET.get("skip", "")).isdigit() else 0)
    shelf = _shelf(door)
    pieces = [as_goods(sku, quantity) for sku, quantity in goods]
    best = cartons.smallest([as_box(c) for c in shelf], pieces)
    carton = next((c for c in shelf if best is not None and str(c.pk) == best.key), None)
    expected = goods_weight_g(goods) + (carton.tare_g if carton else 0)
    shown = form or PackForm(
        cartons=_choices(door), initial={"carton": str(carton.pk) if carton else OWN_BOX}
    )
    context: dict[str, Any] = {
        "door": door,
        "node": door.node,
        "parcel": parcel,
        "goods": [(sku, quantity, _seen(request, sku, quantity)) for sku, quantity in goods],
        "pieces": sum(quantity for _, quantity in goods),
        "steps": steps,
        "lit": lit,
        "held": any(s.must_confirm and not s.confirmed for s in steps),
        "carton": carton,
        "drawing": _drawing(carton, shelf, pieces),
        "expected": expected,
    }
    return show_form(request, "fulfillment/packing/bench.html", shown, context, status=status_of(shown))


def _seen(request: HttpRequest, sku: Sku, quantity: int) -> int:
    """How many of these the packer had scanned or ticked when the weight was sent."""
    if str(sku.pk) in request.POST.getlist("all_of"):
        return quantity
    told = request.POST.get(f"seen_{sku.pk}", "")
    return min(int(told), quantity) if told.isdecimal() and len(told) < 10 else 0


def _lit(steps: Sequence[Step], skip: int) -> Step | None:
    """The step to do now: the first that must be done, or one that may be left out and was not passed by yet."""
    passed = max((s.number for s in steps if s.confirmed), default=0)
    return next(
        (s for s in steps if not s.confirmed and (s.must_confirm or s.number > max(passed, skip))), None
    )


def _drawing(carton: Carton | None, shelf: list[Carton], pieces: list[cartons.Goods]) -> Drawing | None:
    if carton is None:
        return None
    box = as_box(carton)
    few = sum(g.quantity for g in pieces) <= cartons.SEARCH_UP_TO
    laid = cartons.lay(box, pieces) if few else None
    largest = max((as_box(c).sides for c in shelf), key=lambda s: s[0] * s[1] * s[2])
    # Twice the carton at most: a scale on which nothing can be seen helps nobody.
    frame = tuple(min(a, 2 * b) if a > b else b for a, b in zip(largest, box.sides, strict=True))
    return draw(box.sides, laid or [], (frame[0], frame[1], frame[2]))
