"""What the member sees of the floor: her parcels, and where her picks stand."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from fulfillment.orders.models import Allocation, Order
from fulfillment.packing.models import Shipment
from fulfillment.packing.services.parcels import goods_of
from fulfillment.packing.views.parcels import history
from fulfillment.picking.reads import positions


@portal(OWNER, MANAGER, ACCOUNTANT)
def order_parcels(request: HttpRequest, door: MemberDoor, order: UUID) -> HttpResponse:
    """The part of an order's page that the floor fills: parcels, and the place in the queue."""
    found = door.get(Order, order)
    parcels = list(
        door.all(Shipment)
        .filter(order=found)
        .select_related("node", "carton")
        .prefetch_related("specs__version__spec")
        .order_by("started_at")
    )
    goods = goods_of(p.pk for p in parcels)
    on_carts = (
        door.all(Allocation)
        .filter(
            order=found,
            state__in=[Allocation.State.WAVED, Allocation.State.PICKED],
            shipment_item__isnull=True,
        )
        .select_related("node")
        .order_by("node_id", "state")
        .distinct("node_id", "state")
    )
    context = {
        "door": door,
        "order": found,
        "parcels": [(p, goods.get(p.pk, [])) for p in parcels],
        "positions": positions(door.member.pk, found.pk),
        "on_carts": on_carts,
    }
    return render(request, "fulfillment/packing/_order_parcels.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def parcel(request: HttpRequest, door: MemberDoor, shipment: UUID) -> HttpResponse:
    """One parcel: what is in it, the spec it was packed by, step by step."""
    found = (
        door.all(Shipment).select_related("node", "carton", "order", "packer").filter(pk=shipment).first()
    ) or door.get(Shipment, shipment)
    context = {
        "door": door,
        "parcel": found,
        "node": found.node,
        "goods": goods_of([found.pk]).get(found.pk, []),
        "specs": found.specs.select_related("version__spec").order_by("position"),
        "events": [{**event, "by": None} for event in history(found)],
    }
    return render(request, "fulfillment/packing/portal_parcel.html", context)
