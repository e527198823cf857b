"""The operator's page of cartons: what there is, new ones, those that are used up for good."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from coop.kernel.history import Wording, changes_of
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from coop.web.pages import ask_first, show_form, submit
from fulfillment.packing import services
from fulfillment.packing.forms import CartonForm
from fulfillment.packing.models import Carton, Shipment
from fulfillment.packing.services import CartonDetails

_WORDING = Wording(
    names={
        "code": "code",
        "name": "name",
        "length_mm": "length",
        "width_mm": "width",
        "height_mm": "height",
        "tare_g": "empty weight",
        "max_weight_g": "bears",
        "is_active": "on the shelf",
    },
    units={"length_mm": " mm", "width_mm": " mm", "height_mm": " mm", "tare_g": " g", "max_weight_g": " g"},
)


@floor(OPERATOR)
def carton_list(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Every carton, how often this node took it, and those that are retired."""
    used = dict(
        door.all(Shipment)
        .filter(carton__isnull=False)
        .order_by()
        .values_list("carton")
        .annotate(n=Count("pk"))
    )
    every = [(carton, used.get(carton.pk, 0)) for carton in door.shared(Carton)]
    context = {
        "node": door.node,
        "rows": [row for row in every if row[0].is_active],
        "retired": [row for row in every if not row[0].is_active],
    }
    return render(request, "fulfillment/packing/cartons.html", context)


@floor(OPERATOR, methods=["GET", "POST"])
def carton_new(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Another carton for all nodes."""
    return _form(request, door, None)


@floor(OPERATOR, methods=["GET", "POST"])
def carton_edit(request: HttpRequest, door: NodeDoor, carton: UUID) -> HttpResponse:
    """Change a carton; what was packed in it stays as it was written down."""
    return _form(request, door, get_object_or_404(door.shared(Carton), pk=carton))


@floor(OPERATOR, methods=["GET", "POST"])
def carton_retire(request: HttpRequest, door: NodeDoor, carton: UUID) -> HttpResponse:
    """Ask, then take it off the shelf."""
    found = get_object_or_404(door.shared(Carton), pk=carton)
    if request.method == "POST":
        services.retire_carton(carton=found, by=door.user)
        messages.success(request, f"{found.name} is retired; the bench proposes it no more.")
        return redirect("floor:carton-list", node=door.node.slug)
    return ask_first(
        request,
        area="floor",
        title=f"Retire {found.name}?",
        what="No bench of any node proposes it any more. Parcels that went in it still name it, and it can be brought back.",
        label="Retire it",
        back_url=reverse("floor:carton-edit", kwargs={"node": door.node.slug, "carton": found.pk}),
    )


@floor(OPERATOR, methods=["POST"])
def carton_bring_back(request: HttpRequest, door: NodeDoor, carton: UUID) -> HttpResponse:
    """On the shelf again."""
    found = get_object_or_404(door.shared(Carton), pk=carton)
    services.bring_back_carton(carton=found, by=door.user)
    messages.success(request, f"{found.name} is on the shelf again.")
    return redirect("floor:carton-list", node=door.node.slug)


def _form(request: HttpRequest, door: NodeDoor, stored: Carton | None) -> HttpResponse:
    # The form writes what was typed into its object; the page shows the stored one.
    instance = door.shared(Carton).get(pk=stored.pk) if stored else None
    form = CartonForm(request.POST or None, instance=instance)

    def save(told: dict[str, Any]) -> Carton:
        return services.save_carton(details=CartonDetails(**told), by=door.user, carton=stored)

    saved = submit(request, form, save)
    if saved:
        name = saved.result.name
        messages.success(request, f"{name} is saved; benches propose it from the next parcel on.")
        return redirect("floor:carton-list", node=door.node.slug)
    context = {
        "node": door.node,
        "carton": stored,
        "events": changes_of(stored, _WORDING) if stored else [],
    }
    return show_form(request, "fulfillment/packing/carton_form.html", form, context)
