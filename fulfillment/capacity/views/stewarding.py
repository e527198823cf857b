"""The steward's side: how full a node is, and who was let past a tier's limit."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.models import Member, Node, User
from coop.nodes.doors import CoopDoor, network
from coop.web.forms import status_of
from coop.web.pages import show_form, submit
from fulfillment.capacity import services
from fulfillment.capacity.availability.reading import read
from fulfillment.capacity.forms import OverrideForm
from fulfillment.capacity.forms.asking import bookable
from fulfillment.capacity.models import SlotPool, TierOverride
from fulfillment.capacity.views.closing import undecided

SHOWN_DAYS = 28


@network()
def node_slots(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Fragment for a node's page: its pools, how full the next weeks are, and what is booked on days off."""
    node = door.get(Node, pk)
    today = clock.today(node.timezone)
    until = today + dt.timedelta(days=SHOWN_DAYS - 1)
    pools = list(door.all(SlotPool).filter(node=node))
    reading = read([pool.pk for pool in pools], today, until)
    rows = [
        (pool, sum(view.taken for view in reading.of(pool.pk)), pool.slots * SHOWN_DAYS) for pool in pools
    ]
    context = {"rows": rows, "node": node, "days": SHOWN_DAYS, "undecided": undecided(node)}
    return render(request, "fulfillment/capacity/_node_slots.html", context)


@network()
def override_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Every booking that was let past its tier's limit: by whom, why, and by how much."""
    overrides = door.all(TierOverride).select_related("booking__pool__node", "booking__member", "granted_by")
    page = keyset(request, overrides, order=("-granted_at", "-id"))
    return render(request, "fulfillment/capacity/override_list.html", {"page": page})


@network(methods=("GET", "POST"))
def override_new(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Book over a tier's limit of SKUs, with the reason."""
    tomorrow = clock.today("UTC") + dt.timedelta(days=1)
    form = OverrideForm(
        request.POST if request.method == "POST" else None,
        pools=bookable(door.all(SlotPool)).filter(kind=SlotPool.Kind.SHELF, assortment__isnull=False),
        members=door.all(Member).filter(standing=Member.Standing.GOOD).order_by("name"),
        initial={"first_day": tomorrow, "last_day": tomorrow + dt.timedelta(days=SHOWN_DAYS - 1), "slots": 1},
    )

    def book(told: dict[str, Any]) -> Member:
        member, reason, ask = told["member"], told["reason"], dict(told)
        del ask["member"], ask["reason"]
        services.book_over_tier(
            member=member, ask=services.Ask(**ask), reason=reason, by=cast(User, door.user)
        )
        return cast(Member, member)

    booked = submit(request, form, book)
    if booked:
        messages.success(request, f"Booked for {booked.result.name}, with your reason on record.")
        return redirect("network:override-list")
    return show_form(request, "fulfillment/capacity/override_new.html", form, status=status_of(form))
