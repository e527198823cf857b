"""Parcels: the list, one parcel's history, its papers, and the carrier who takes them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from coop.nodes.doors import NodeDoor, floor
from coop.web.forms import status_of
from coop.web.pages import ListPage, show_form, submit
from fulfillment.packing import services
from fulfillment.packing.bench.steps import steps_of
from fulfillment.packing.forms import CarrierForm
from fulfillment.packing.models import Shipment
from fulfillment.packing.numbers import as_scanned
from fulfillment.packing.services.parcels import goods_of


@floor()
def shipment_list(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Every parcel of this node."""
    listed = ListPage(
        request,
        door.all(Shipment),
        order=("-started_at", "-id"),
        search=_numbered,
        by="state",
        choices=Shipment.State,
        select=lambda rows: rows.select_related("order", "member", "carton"),
    )
    context = {
        "door": door,
        "node": door.node,
        "page": listed.page,
        "states": [(value, label, listed.counts.get(value, 0)) for value, label in Shipment.State.choices],
        "packed": listed.counts.get(Shipment.State.PACKED, 0),
        "total": listed.total,
    }
    return render(request, "fulfillment/packing/shipments.html", context)


@floor()
def parcel(request: HttpRequest, door: NodeDoor, shipment: UUID) -> HttpResponse:
    """One parcel with all that happened to it."""
    found = _one(door, shipment)
    context = {
        "door": door,
        "node": door.node,
        "parcel": found,
        "goods": goods_of([found.pk]).get(found.pk, []),
        "specs": found.specs.select_related("version__spec").order_by("position"),
        "events": history(found),
        "form": CarrierForm(initial={"carrier": _last_carrier(door)}),
    }
    return render(request, "fulfillment/packing/parcel.html", context)


@floor()
def papers(request: HttpRequest, door: NodeDoor, shipment: UUID) -> HttpResponse:
    """The packing slip (A5) and the label (A6), ready for the printer."""
    found = _one(door, shipment)
    url = reverse("floor:parcel", kwargs={"node": door.node.slug, "shipment": found.pk})
    context = {
        "door": door,
        "node": door.node,
        "parcel": found,
        "goods": goods_of([found.pk]).get(found.pk, []),
        "qr_url": request.build_absolute_uri(url),
    }
    return render(request, "fulfillment/packing/papers.html", context)


@floor(methods=["GET", "POST"])
def hand_over(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Choose packed parcels and hand them to a carrier."""
    packed = door.all(Shipment).filter(state=Shipment.State.PACKED)
    form = CarrierForm(request.POST or None, initial={"carrier": _last_carrier(door)})
    sent = set(_ids(request))

    def hand(told: dict[str, Any]) -> list[Shipment]:
        chosen = list(door.all(Shipment).filter(pk__in=sent))
        return services.hand_over(shipments=chosen, carrier=told["carrier"], by=door.user)

    handed = submit(request, form, hand)
    if handed:
        return redirect(_manifest_url(door, handed.result[0]))
    parcels = list(packed.select_related("order", "member", "carton").order_by("packed_at")[:500])
    ticked = sent if request.method == "POST" else {parcel.pk for parcel in parcels}
    context = {
        "door": door,
        "node": door.node,
        "parcels": [(parcel, parcel.pk in ticked) for parcel in parcels],
        "all_ticked": all(parcel.pk in ticked for parcel in parcels),
        "total": packed.count(),
        "carriers": _carriers(door),
    }
    return show_form(request, "fulfillment/packing/hand_over.html", form, context, status=status_of(form))


@floor()
def manifest(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """What one carrier took at one moment, to sign."""
    rows = door.all(Shipment).filter(state=Shipment.State.SHIPPED)
    moment = _moment(request.GET.get("at", ""))
    if moment is None:
        last = rows.order_by("-shipped_at").first()
        moment = last.shipped_at if last else None
    parcels = rows.filter(shipped_at=moment).select_related("order", "member", "carton").order_by("number")
    context = {
        "door": door,
        "node": door.node,
        "parcels": parcels,
        "moment": moment,
        "weight": sum(p.weight_g or 0 for p in parcels),
    }
    return render(request, "fulfillment/packing/manifest.html", context)


def history(shipment: Shipment) -> list[dict[str, Any]]:
    """What happened to the parcel, in the order in which it did."""
    events: list[dict[str, Any]] = [
        {"what": "On the bench", "at": shipment.started_at, "by": shipment.packer, "tone": "info"}
    ]
    said = {s.step.pk: s for s in steps_of([shipment])[shipment.pk]}
    for done in shipment.confirmations.select_related("step", "worker").order_by(
        "confirmed_at", "step__position"
    ):
        number = f"Step {said[done.step_id].number}" if done.step_id in said else "Step"
        events.append(
            {"what": f"{number}: {done.step.instruction}", "at": done.confirmed_at, "by": done.worker}
        )
    if shipment.packed_at:
        where = shipment.carton.name if shipment.carton else "its own box"
        events.append(
            {"what": f"Packed into {where}", "at": shipment.packed_at, "by": shipment.packer, "tone": "good"}
        )
    if shipment.shipped_at:
        what = f"Handed to {shipment.carrier}"
        events.append({"what": what, "at": shipment.shipped_at, "by": None, "tone": "good"})
    return events


def _numbered(parcels: QuerySet[Shipment], words: str) -> QuerySet[Shipment]:
    return parcels.filter(Q(number=as_scanned(words)) | Q(order__number__iexact=words))


def _one(door: NodeDoor, pk: UUID) -> Shipment:
    found = (
        door.all(Shipment).select_related("order", "member", "packer", "carton", "node").filter(pk=pk).first()
    )
    return found if found is not None else door.get(Shipment, pk)


def _ids(request: HttpRequest) -> list[UUID]:
    found = []
    for value in request.POST.getlist("ids"):
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _manifest_url(door: NodeDoor, shipment: Shipment) -> str:
    at = shipment.shipped_at.isoformat() if shipment.shipped_at else ""
    return reverse("floor:manifest", kwargs={"node": door.node.slug}) + "?" + urlencode({"at": at})


def _shipped(door: NodeDoor) -> QuerySet[Shipment]:
    return door.all(Shipment).filter(state=Shipment.State.SHIPPED)


def _last_carrier(door: NodeDoor) -> str:
    last = _shipped(door).order_by("-shipped_at").values_list("carrier", flat=True).first()
    return last or "DHL"


def _carriers(door: NodeDoor) -> list[str]:
    known = set(_shipped(door).order_by().values_list("carrier", flat=True).distinct()[:20])
    return sorted({"DHL", "DPD", "GLS", "Hermes", "UPS", "Cargo bike"} | known)
