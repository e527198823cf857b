"""Fragments of the first pages: what needs the creator, how the nodes are doing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.models import Node, Sku
from coop.nodes.doors import CoopDoor, network
from fulfillment.drops.models import Drop
from fulfillment.orders.destinations import where_orders_went
from fulfillment.orders.models import Order
from fulfillment.planning import reads


@portal(OWNER, MANAGER, ACCOUNTANT)
def overview_needs(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """What the creator should decide: goods that run out, drops to announce, orders that wait."""
    context = {
        "running_out": reads.running_out(door.all(Sku).filter(is_active=True)),
        "to_announce": reads.to_announce(door.all(Drop)),
        "waiting": door.all(Order).filter(state="waiting").count(),
        "member": door.member,
    }
    return render(request, "fulfillment/planning/_needs.html", context)


@network()
def home_figures(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Two of the steward's five figures: parcels of a month, slots taken today."""
    loads = reads.node_loads(door.all(Node))
    context = {
        "parcels": reads.parcels_shipped(),
        "booked": sum(load.booked for load in loads),
        "capacity": sum(load.capacity for load in loads),
    }
    return render(request, "fulfillment/planning/_figures.html", context)


@network()
def home_nodes(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Every node's load, so that the one that does not pay and the one that is full are seen."""
    loads = sorted(reads.node_loads(door.all(Node)), key=lambda load: -load.density)
    return render(request, "fulfillment/planning/_nodes.html", {"loads": loads})


@network()
def home_map(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Where the nodes are and how full, and where the orders of a quarter went."""
    loads = reads.node_loads(door.all(Node))
    context = {
        "marks": [
            reads.node_mark(load, reverse("network:node-detail", kwargs={"pk": load.node.pk}))
            for load in loads
        ],
        "went": where_orders_went(door.all(Order)),
    }
    return render(request, "fulfillment/planning/_map.html", context)
