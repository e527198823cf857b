"""Holding slots for a quarter of an hour, confirming them, letting them go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from fulfillment.capacity import services
from fulfillment.capacity.availability.search import nearest_that_fits
from fulfillment.capacity.booking.stages import is_running, last_taken_at
from fulfillment.capacity.errors import BehindOthers, Full, HoldRanOut, OverTier
from fulfillment.capacity.forms import AskForm
from fulfillment.capacity.forms.asking import bookable
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.capacity.views.finding import find_url


@portal(OWNER, MANAGER, methods=("POST",))
def slot_hold(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Hold what is asked. When it is gone, say since when, and what can be done instead."""
    form = AskForm(request.POST, pools=bookable(door.shared(SlotPool)))
    if not form.is_valid():
        context = {"form": form, "find_url": find_url(door)}
        return render(request, "fulfillment/capacity/refused.html", context, status=422)
    return _hold(request, door, services.Ask(**form.cleaned_data))


@portal(OWNER, MANAGER, methods=("POST",))
def slot_again(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Hold once more what a hold that ran out has kept."""
    old = door.get(Booking, pk)
    if is_running(old):
        return redirect("portal:slot-detail", member=door.member.slug, pk=old.pk)
    ask = services.Ask(old.pool, old.slots, old.first_day, old.last_day, old.skus)
    return _hold(request, door, ask)


@portal(OWNER, MANAGER, methods=("POST",))
def slot_confirm(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Book what is held. A hold that ran out says so on its own page."""
    booking = door.get(Booking, pk)
    try:
        services.confirm_bookings(bookings=[booking], by=door.user)
    except HoldRanOut as over:
        # Its page offers to hold it again.
        messages.error(request, over.message)
        return redirect("portal:slot-detail", member=door.member.slug, pk=booking.pk)
    messages.success(
        request, f"{booking.slots} × {booking.pool.label} at {booking.pool.node.name} are yours."
    )
    return redirect("portal:slot-detail", member=door.member.slug, pk=booking.pk)


def _hold(request: HttpRequest, door: MemberDoor, ask: services.Ask) -> HttpResponse:
    try:
        [held] = services.book(member=door.member, asks=[ask], hold_for=services.HOLD, by=door.user)
    except DomainError as error:
        context = {"ask": ask, "error": error, **_instead(door, ask, error)}
        return render(request, "fulfillment/capacity/refused.html", context, status=error.status)
    return redirect("portal:slot-detail", member=door.member.slug, pk=held.pk)


def _instead(door: MemberDoor, ask: services.Ask, error: DomainError) -> dict[str, Any]:
    """What else can be done: wait, or go where there is room."""
    pool = ask.pool
    found: dict[str, Any] = {
        "can_wait": isinstance(error, Full)
        and error.may_wait
        and ask.first_day > clock.today(pool.node.timezone),
        "taken_at": None,
    }
    if isinstance(error, Full) and not isinstance(error, BehindOthers):
        found["taken_at"] = last_taken_at(pool, ask.first_day, ask.last_day)
    asked = {
        "what": f"shelf-{pool.storage_class}" if pool.kind == SlotPool.Kind.SHELF else pool.kind,
        "first_day": ask.first_day,
        "last_day": ask.last_day,
        "slots": ask.slots,
        "skus": ask.skus or "",
    }
    found["find_url"] = find_url(door, **asked)
    if isinstance(error, Full | OverTier):
        fitting = nearest_that_fits(ask)
        if fitting is not None:
            found |= {"better": fitting, "better_url": find_url(door, **asked, near=fitting.node_name)}
    return found
