"""Stewards: the nodes, what is in them, when they work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel import clock
from coop.nodes import services
from coop.nodes.doors import CoopDoor, network
from coop.nodes.forms import CartForm, ClosureForm, HoursForm, LayoutForm, NewNodeForm, NodeForm, ZoneForm
from coop.nodes.models import Bin, Cart, Closure, Node, OpeningHours, Zone
from coop.web.forms import status_of
from coop.web.pages import show_form, submit

_FIRST_CODE = {"ambient": "A", "cold": "C", "oversize": "O"}
LABELS_AT_ONCE = 600


@network()
def node_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """All nodes: tier, promise, size."""
    nodes = door.all(Node).annotate(
        shelf_count=Count("bins", filter=Q(bins__kind=Bin.Kind.SHELF), distinct=True),
        cart_count=Count("carts", distinct=True),
    )
    return render(request, "coop/nodes/node_list.html", {"nodes": nodes})


@network(methods=("GET", "POST"))
def node_new(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Set up a node with its zones."""
    form = NewNodeForm(request.POST or None, initial={"is_open": True})

    def set_up(typed: dict[str, Any]) -> Node:
        zones = [services.ZoneInput(code=_FIRST_CODE[kind], storage_class=kind) for kind in typed["zones"]]
        details = services.NodeDetails(**{k: v for k, v in typed.items() if k != "zones"})
        return services.create_node(details=details, zones=zones, by=door.user)

    made = submit(request, form, set_up)
    if made:
        messages.success(request, f"{made.result} is set up. Give it hours and shelves next.")
        return redirect("network:node-detail", pk=made.result.pk)
    context = {"title": "New node", "submit": "Set up the node", "back": reverse("network:node-list")}
    return show_form(request, "coop/nodes/node_form.html", form, context)


@network(methods=("GET", "POST"))
def node_edit(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Change what is known of a node."""
    node = door.get(Node, pk)
    form = NodeForm(request.POST or None, instance=door.get(Node, pk))

    def change(typed: dict[str, Any]) -> None:
        services.change_node(node=node, details=services.NodeDetails(**typed), by=door.user)

    if submit(request, form, change):
        messages.success(request, "Saved.")
        return redirect("network:node-detail", pk=pk)
    back = reverse("network:node-detail", kwargs={"pk": pk})
    context = {"node": node, "title": f"Change {node}", "submit": "Save", "back": back}
    return show_form(request, "coop/nodes/node_form.html", form, context)


@network()
def node_detail(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """One node: what it promises, its week, its shelves and carts."""
    return show_node(request, door, door.get(Node, pk))


@network(methods=("POST",))
def zone_add(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Another zone."""
    form = ZoneForm(request.POST)
    return _do(
        request,
        door,
        pk,
        "zone_form",
        form,
        lambda node: services.add_zone(node=node, zone=services.ZoneInput(**form.cleaned_data), by=door.user),
        "The zone is there. Lay out its shelves next.",
    )


@network(methods=("POST",))
def layout(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """More shelves."""
    form = LayoutForm(request.POST, zones=door.all(Zone).filter(node_id=pk))
    return _do(
        request,
        door,
        pk,
        "layout_form",
        form,
        lambda node: services.lay_out_bins(node=node, by=door.user, **form.cleaned_data),
        "The bins are laid out. Print their labels next.",
    )


@network(methods=("POST",))
def cart_add(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Another cart."""
    form = CartForm(request.POST)
    return _do(
        request,
        door,
        pk,
        "cart_form",
        form,
        lambda node: services.add_cart(node=node, by=door.user, **form.cleaned_data),
        "The cart is there.",
    )


@network(methods=("POST",))
def cart_remove(request: HttpRequest, door: CoopDoor, pk: UUID, cart: UUID) -> HttpResponse:
    """A cart taken out of use."""
    row = door.get(Cart, cart, node_id=pk)
    services.remove_cart(cart=row, by=door.user)
    messages.success(request, f"{row.code} is out of use.")
    return redirect("network:node-detail", pk=pk)


@network()
def labels(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Bin labels to print, 100 × 50 mm, in walking order; `?aisle=3` for one aisle."""
    node = door.get(Node, pk)
    bins = door.all(Bin).filter(node=node).select_related("zone").order_by("walk_order", "code")
    aisles = list(
        bins.filter(kind=Bin.Kind.SHELF).order_by("aisle").values_list("aisle", flat=True).distinct()
    )
    aisle = request.GET.get("aisle", "")
    if aisle.isdigit():
        bins = bins.filter(aisle=int(aisle))
    context = {
        "node": node,
        "bins": bins[:LABELS_AT_ONCE],
        "cut": bins.count() > LABELS_AT_ONCE,
        "aisles": aisles,
    }
    return render(request, "coop/nodes/labels.html", context)


def show_node(
    request: HttpRequest, door: CoopDoor, node: Node, status: int = 200, **bound: forms.Form
) -> HttpResponse:
    """A node's page; `bound` are those of its small forms that were sent and say what is wrong, by their names."""
    week = door.all(OpeningHours).filter(node=node)
    initial = {f"{part}_{row.weekday}": getattr(row, part) for row in week for part in ("opens", "closes")}
    zones = door.all(Zone).filter(node=node)
    context: dict[str, Any] = {
        "node": node,
        "zones": zones.annotate(bin_count=Count("bins")),
        "staging": door.all(Bin).filter(node=node).exclude(kind=Bin.Kind.SHELF),
        "shelf_count": door.all(Bin).filter(node=node, kind=Bin.Kind.SHELF).count(),
        "carts": door.all(Cart).filter(node=node),
        "week": week,
        "closures": door.all(Closure).filter(node=node, day__gte=clock.today(node.timezone)),
        "hours_form": HoursForm(initial=initial),
        "closure_form": ClosureForm(),
        "zone_form": ZoneForm(),
        "layout_form": LayoutForm(zones=zones),
        "cart_form": CartForm(),
        **bound,
    }
    return render(request, "coop/nodes/node_detail.html", context, status=status)


def _do(
    request: HttpRequest,
    door: CoopDoor,
    pk: UUID,
    name: str,
    form: forms.Form,
    service: Callable[[Node], Any],
    words: str,
) -> HttpResponse:
    """One of the small forms on a node's page: done, or the page again with what was wrong beside it."""
    node = door.get(Node, pk)
    if submit(request, form, lambda _: service(node)):
        messages.success(request, words)
        return redirect("network:node-detail", pk=pk)
    return show_node(request, door, node, status=status_of(form), **{name: form})
