"""Slots: members see what is free and book it; operators say how many there are."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from coop import clock
from coop.errors import DomainError
from coop.members.access import (
    MANAGER,
    OPERATOR,
    OWNER,
    CoopDoor,
    MemberDoor,
    NodeDoor,
    floor,
    network,
    portal,
)
from coop.models import Closure, Node, OpeningHours
from coop.web.forms import refuse
from fulfillment.capacity import services
from fulfillment.capacity.calendar import Day, calendar
from fulfillment.capacity.forms import CapacityForm, NewPoolForm, SlotsForm
from fulfillment.capacity.models import Booking, PoolDay, SlotPool

SHOWN_DAYS = 28
MOST_DAYS = 100


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def slot_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """What is free where, day by day, and why not; booking; my bookings."""
    pools = door.shared(SlotPool).filter(node__is_open=True).select_related("node")
    pool = pools.first()
    if pool is None:
        return render(request, "fulfillment/capacity/slot_list.html", {"pools": pools})
    booked = request.method == "POST"
    form = SlotsForm(_with_defaults(request, door, pool), pools=pools)
    status = 200
    if form.is_valid():
        pool = form.cleaned_data["pool"]
        if booked:
            try:
                booking = services.book_slots(member=door.member, by=door.user, **form.cleaned_data)
            except DomainError as error:
                refuse(form, error)
                status = error.status
            else:
                messages.success(request, f"{booking.slots} slots at {pool.node.name} are yours.")
                return redirect("portal:slot-list", member=door.member.slug)
    else:
        status = 422
    days = _days(form, door, pool)
    context = {
        "pools": pools,
        "pool": pool,
        "form": form,
        "days": days,
        "bookable": bool(days) and not any(day.why for day in days),
        "wanting": [day for day in days if day.why],
        "bookings": _own_bookings(door),
    }
    return render(request, "fulfillment/capacity/slot_list.html", context, status=status)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def slot_release(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Give slots back."""
    booking = door.get(Booking, pk)
    if request.method == "POST":
        services.release_booking(booking=booking, by=door.user)
        messages.success(
            request, "The slots are released. What you used until today is billed, the rest is not."
        )
        return redirect("portal:slot-list", member=door.member.slug)
    context = {
        "base": "base_portal.html",
        "title": "Release these slots?",
        "what": f"{booking.slots} slots at {booking.pool.node.name}, {booking.first_day:%d %b} to "
        f"{booking.last_day:%d %b %Y}. Days that have not begun go back to everybody at once.",
        "label": "Release them",
        "back_url": reverse("portal:slot-list", kwargs={"member": door.member.slug}),
    }
    return render(request, "confirm.html", context)


@floor(OPERATOR, methods=("GET", "POST"))
def floor_slots(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Pools of this node, the days ahead, and how many slots are offered on them."""
    today = clock.today(door.node.timezone)
    pools = door.all(SlotPool).select_related("node")
    initial = {"first_day": today, "last_day": today}
    form = CapacityForm(request.POST if request.method == "POST" else None, pools=pools, initial=initial)
    if request.method == "POST" and form.is_valid():
        read = form.cleaned_data
        try:
            changed = services.set_capacity(
                pool=read["pool"],
                first=read["first_day"],
                last=read["last_day"],
                slots=read["slots"],
                by=door.user,
            )
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{changed} days changed.")
            return redirect("floor:slots", node=door.node.slug)
    context = {
        "form": form,
        "pools": [(pool, _whole(pool, door, today)) for pool in pools],
        "hours": door.all(OpeningHours).order_by("weekday"),
        "closures": door.all(Closure).filter(day__gte=today).order_by("day")[:20],
        "pool_form": NewPoolForm(),
    }
    return render(
        request, "fulfillment/capacity/floor_slots.html", context, status=422 if form.errors else 200
    )


@floor(OPERATOR, methods=("POST",))
def floor_pool(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Offer slots of another storage class."""
    form = NewPoolForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say which storage class and how many slots.")
        return redirect("floor:slots", node=door.node.slug)
    pool = services.open_pool(node=door.node, by=door.user, **form.cleaned_data)
    messages.success(request, f"{pool.get_storage_class_display().capitalize()} slots can be booked now.")
    return redirect("floor:slots", node=door.node.slug)


@network()
def node_slots(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Fragment for a node's page: its pools, and how full the next weeks are."""
    node = door.get(Node, pk)
    today = clock.today(node.timezone)
    until = today + dt.timedelta(days=SHOWN_DAYS - 1)
    taken = dict(
        door.all(PoolDay)
        .filter(pool__node=node, day__range=(today, until))
        .order_by()
        .values_list("pool")
        .annotate(Sum("booked"))
    )
    pools = door.all(SlotPool).filter(node=node)
    rows = [(pool, taken.get(pool.pk, 0), pool.slots * SHOWN_DAYS) for pool in pools]
    return render(
        request, "fulfillment/capacity/_node_slots.html", {"rows": rows, "node": node, "days": SHOWN_DAYS}
    )


def _with_defaults(request: HttpRequest, door: MemberDoor, pool: SlotPool) -> QueryDict:
    """What was sent, filled up with the pool booked last and the four weeks to come."""
    sent = (request.POST if request.method == "POST" else request.GET).copy()
    last = door.all(Booking).order_by("-booked_at").first()
    today = clock.today(pool.node.timezone)
    sent.setdefault("pool", str(last.pool_id if last else pool.pk))
    sent.setdefault("first_day", today.isoformat())
    sent.setdefault("last_day", (today + dt.timedelta(days=SHOWN_DAYS - 1)).isoformat())
    sent.setdefault("slots", "1")
    return sent


def _days(form: SlotsForm, door: MemberDoor, pool: SlotPool) -> list[Day]:
    read = form.cleaned_data
    if not all(read.get(name) for name in ("first_day", "last_day")):
        return []
    return calendar(
        pool=pool,
        days=door.shared(PoolDay),
        own=door.all(Booking),
        closures=door.shared(Closure),
        first=read["first_day"],
        last=min(read["last_day"], read["first_day"] + dt.timedelta(days=MOST_DAYS)),
        slots=read.get("slots") or 1,
        today=clock.today(pool.node.timezone),
    )


def _own_bookings(door: MemberDoor) -> list[tuple[Booking, bool]]:
    """The bookings that are not over, and whether they can be released."""
    found = []
    for booking in door.all(Booking).select_related("pool__node").filter(state=Booking.State.BOOKED)[:100]:
        today = clock.today(booking.pool.node.timezone)
        if booking.last_day >= today:
            found.append((booking, booking.last_day > today))
    return sorted(found, key=lambda pair: pair[0].first_day)


def _whole(pool: SlotPool, door: NodeDoor, today: dt.date) -> list[Day]:
    """The weeks ahead of a pool, as its operator sees them."""
    return calendar(
        pool=pool,
        days=door.shared(PoolDay),
        own=None,
        closures=door.all(Closure),
        first=today,
        last=today + dt.timedelta(days=SHOWN_DAYS - 1),
        slots=1,
        today=today,
    )
