"""A member's bookings: the list, one with everything about it, changing it, giving it back."""

from __future__ import annotations

import datetime as dt
from math import ceil
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.kernel.history import Wording, changes_of
from coop.kernel.paging import keyset
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.models import Node
from coop.web.forms import status_of
from coop.web.pages import show_form, submit
from fulfillment.capacity import services
from fulfillment.capacity.booking import stages
from fulfillment.capacity.booking.terms import terms_in_words
from fulfillment.capacity.forms import ChangeForm
from fulfillment.capacity.forms.asking import bookable
from fulfillment.capacity.models import Booking, BookingGroup, CancellationTerm, SlotPool, WaitlistEntry
from fulfillment.capacity.views.finding import find_url
from fulfillment.capacity.views.months import some_days

_CHIPS = [
    (stages.HELD, "Held"),
    (stages.IN_USE, "In use"),
    (stages.UPCOMING, "Upcoming"),
    (stages.OVER, "Over"),
]
_SHOWN_DAYS = 42
_TOLD = {
    "slots": "quantity",
    "first_day": "first day",
    "last_day": "last day",
    "skus": "SKUs",
    "state": "state",
    "used_at": "came",
    "reason": "reason",
}


@portal(OWNER, MANAGER)
def slot_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """What she holds, uses, has ahead, and had."""
    wanted = request.GET.get("when", "")
    bookings = door.all(Booking).select_related("pool__node", "group")
    found = stages.in_stage(bookings, wanted, door.shared(Node))
    order = ("-first_day", "-id") if wanted == stages.OVER else ("first_day", "id")
    page = keyset(request, found, order=order)
    context = {
        "page": page,
        "rows": [(booking, stages.stage(booking)) for booking in page.items],
        "chips": _CHIPS,
        "when": dict(_CHIPS).get(wanted, ""),
        "waiting": door.all(WaitlistEntry).filter(state="waiting").count(),
        "offers": _offers(door),
    }
    return render(request, "fulfillment/capacity/slot_list.html", context)


@portal(OWNER, MANAGER)
def slot_detail(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """One booking; a hold with the time it has left."""
    booking = _booking(door, pk)
    now = stages.stage(booking)
    offered = door.all(WaitlistEntry).filter(offer=booking).first() if now == stages.HELD else None
    if offered is not None:
        return redirect("portal:wait-detail", member=door.member.slug, waiting=offered.pk)
    node = booking.pool.node
    context: dict[str, Any] = {
        "booking": booking,
        "pool": booking.pool,
        "node": node,
        "stage": now,
        "title": f"{booking.slots:,} × {booking.pool.label}",
        "state": f"{node.name}, {stages.LABELS[now]}",
        "terms": _terms(door, booking.pool),
        "quote_query": _quote_query(booking, booking.first_day),
        "find_url": find_url(
            door,
            what=f"shelf-{booking.pool.storage_class}" if booking.pool.kind == "shelf" else booking.pool.kind,
            first_day=booking.first_day,
            last_day=booking.last_day,
            slots=booking.slots,
            skus=booking.skus or "",
        ),
    }
    if now in (stages.HELD, stages.RAN_OUT):
        left = (booking.held_until - clock.now()).total_seconds() if booking.held_until else 0
        context |= {
            "left_s": max(0, ceil(left)),
            "hold_s": int((booking.held_until - booking.booked_at).total_seconds())
            if booking.held_until
            else 0,
            "ended_at": booking.held_until or booking.released_at,
        }
        return render(request, "fulfillment/capacity/hold.html", context)
    first = max(booking.first_day, min(clock.today(node.timezone), booking.last_day))
    last = min(booking.last_day, first + dt.timedelta(days=_SHOWN_DAYS - 1))
    context |= {
        "note": f"Days of {node.timezone}",
        "days": some_days(door, booking.pool, first, last, slots=1),
        "more_days": (booking.last_day - last).days,
        "events": changes_of(booking, Wording(_TOLD)),
        "can_change": now in (stages.UPCOMING, stages.IN_USE),
        "can_release": now == stages.UPCOMING
        or (now == stages.IN_USE and booking.last_day > clock.today(node.timezone)),
        "quote_query": _quote_query(booking, first),
        "followed_by": door.all(Booking).filter(follows=booking).first(),
        "lost": door.all(WaitlistEntry).filter(displaced=booking).first(),
        "brothers": _brothers(door, booking),
        "series": booking.group if booking.group and booking.group.kind == BookingGroup.Kind.SERIES else None,
    }
    return render(request, "fulfillment/capacity/slot_detail.html", context)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def slot_change(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Grow, shrink, move, or swap the node: all days or none."""
    booking = _booking(door, pk)
    pools = bookable(door.shared(SlotPool)).filter(
        kind=booking.pool.kind, storage_class=booking.pool.storage_class
    )
    form = ChangeForm(
        request.POST if request.method == "POST" else None,
        pools=pools,
        initial={
            "pool": booking.pool_id,
            "slots": booking.slots,
            "first_day": booking.first_day,
            "last_day": booking.last_day,
            "skus": booking.skus or None,
        },
    )
    changed = submit(
        request, form, lambda told: services.change_booking(booking=booking, by=door.user, **told)
    )
    if changed:
        messages.success(request, "Changed. What is free again went back to everybody at once.")
        return redirect("portal:slot-detail", member=door.member.slug, pk=changed.result.pk)
    context = {
        "booking": booking,
        "pool": booking.pool,
        "node": booking.pool.node,
        "stage": stages.stage(booking),
        "terms": _terms(door, booking.pool),
    }
    return show_form(request, "fulfillment/capacity/change.html", form, context, status=status_of(form))


@portal(OWNER, MANAGER)
def slot_change_kept(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Fragment beside the form: what the terms would keep of what is given up by this change."""
    booking = _booking(door, pk)
    form = ChangeForm(request.GET, pools=bookable(door.shared(SlotPool)))
    context: dict[str, Any] = {"terms": _terms(door, booking.pool)}
    if form.is_valid():
        try:
            fee = services.fee_on_change(booking=booking, **form.cleaned_data)
        except DomainError as error:
            context["refused"] = error.message
        else:
            context |= {"asked": True, "fees": [fee] if fee else []}
    return render(request, "fulfillment/capacity/_fees.html", context)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def slot_release(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Give slots back, once it is said what the terms keep."""
    booking = _booking(door, pk)
    if request.method == "POST":
        held = booking.state == Booking.State.HELD
        services.release_bookings(bookings=[booking], by=door.user)
        if held:
            messages.success(request, "Let go. The slots are everybody's again.")
            return redirect("portal:slot-list", member=door.member.slug)
        messages.success(request, "Given back. Days that were used are billed, and what the terms keep.")
        return redirect("portal:slot-detail", member=door.member.slug, pk=booking.pk)
    services.check_release(booking=booking)
    context = {
        "booking": booking,
        "pool": booking.pool,
        "node": booking.pool.node,
        "in_use": stages.stage(booking) == stages.IN_USE,
        "fees": services.fees_on_release([booking]),
        "terms": _terms(door, booking.pool),
    }
    return render(request, "fulfillment/capacity/release.html", context)


@portal(OWNER, MANAGER)
def overview_slots(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Fragment for a member's first page: what waits for an answer, and what she has."""
    ahead = stages.in_stage(door.all(Booking), "", door.shared(Node)).select_related("pool__node")
    context = {
        "offers": _offers(door),
        "holds": ahead.filter(state=Booking.State.HELD, offered_to=None).order_by("held_until")[:3],
        "bookings": ahead.filter(state=Booking.State.BOOKED).order_by("first_day", "id")[:3],
    }
    return render(request, "fulfillment/capacity/_overview.html", context)


def _booking(door: MemberDoor, pk: UUID) -> Booking:
    return door.get(Booking, pk)


def _quote_query(booking: Booking, first: dt.date) -> str:
    """What the price of a booking from a day on is asked with."""
    return urlencode(
        {"pool": booking.pool_id, "slots": booking.slots, "first_day": first, "last_day": booking.last_day}
    )


def _terms(door: MemberDoor, pool: SlotPool) -> list[str]:
    return terms_in_words(door.shared(CancellationTerm).filter(node=pool.node_id, kind=pool.kind))


def _offers(door: MemberDoor) -> QuerySet[WaitlistEntry]:
    """Offers that still hold, the most urgent first."""
    return (
        door.all(WaitlistEntry)
        .filter(state=WaitlistEntry.State.OFFERED, offer__held_until__gt=clock.now())
        .select_related("pool__node", "offer")
        .order_by("offer__held_until")
    )


def _brothers(door: MemberDoor, booking: Booking) -> QuerySet[Booking] | None:
    """The other bookings of a series."""
    group = booking.group
    if group is None or group.kind != BookingGroup.Kind.SERIES:
        return None
    return door.all(Booking).filter(group=group).exclude(pk=booking.pk).order_by("first_day")[:60]
