"""The operator's side: pools day by day, fewer slots with those affected, terms, who comes today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.models import Closure, OpeningHours, Zone
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from coop.web.forms import status_of
from coop.web.pages import show_form, submit
from fulfillment.capacity import services
from fulfillment.capacity.availability.reading import read
from fulfillment.capacity.booking.terms import terms_in_words
from fulfillment.capacity.errors import WouldOversell
from fulfillment.capacity.forms import CapacityForm, NewPoolForm, TermsFormSet, terms_in
from fulfillment.capacity.forms.publishing import initial_terms
from fulfillment.capacity.models import Booking, CancellationTerm, SlotPool
from fulfillment.capacity.views.closing import chosen
from fulfillment.capacity.views.months import month_of

_WEEKS = 4
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TERM_KINDS = [(k.value, k.label) for k in SlotPool.Kind if k != SlotPool.Kind.ASSORTMENT]


@floor(OPERATOR)
def floor_slots(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """What this node offers: every pool with its load of four weeks, its hours, its terms."""
    today = clock.today(door.node.timezone)
    last = today + dt.timedelta(days=7 * _WEEKS - 1)
    pools = list(door.all(SlotPool))
    loads = _loads(pools, today, last)
    terms = list(door.all(CancellationTerm))
    context = {
        "pools": [(pool, *loads[pool.pk]) for pool in pools],
        "terms": [
            (label, words)
            for kind, label in TERM_KINDS
            if (words := terms_in_words(term for term in terms if term.kind == kind))
        ],
        "hours": [(_WEEKDAYS[row.weekday], row) for row in door.all(OpeningHours).order_by("weekday")],
        "closures": door.all(Closure).filter(day__gte=today).order_by("day")[:10],
        "coming": _coming(door, today).count(),
    }
    return render(request, "fulfillment/capacity/floor_slots.html", context)


@floor(OPERATOR, methods=("GET", "POST"))
def floor_pool_new(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Offer something that the node does not offer yet."""
    form = NewPoolForm(request.POST if request.method == "POST" else None, zones=door.all(Zone))
    opened = submit(request, form, lambda told: services.open_pool(node=door.node, by=door.user, **told))
    if opened:
        pool = opened.result
        messages.success(request, f"{pool.label.capitalize()} can be booked now.")
        return redirect("floor:pool", node=door.node.slug, pool=pool.pk)
    return show_form(request, "fulfillment/capacity/floor_pool_new.html", form, status=status_of(form))


@floor(OPERATOR, methods=("GET", "POST"))
def floor_pool(request: HttpRequest, door: NodeDoor, pool: UUID) -> HttpResponse:
    """One pool: its month, and how much it offers. Fewer than are booked: those affected are shown, and asked about."""
    found = get_object_or_404(door.all(SlotPool).select_related("node"), pk=pool)
    today = clock.today(door.node.timezone)
    initial = {"first_day": today, "last_day": today, "slots": found.slots}
    form = CapacityForm(request.POST if request.method == "POST" else None, initial=initial)
    displacing = chosen(request, door.all(Booking))

    def change(told: dict[str, Any]) -> int:
        return services.set_capacity(pool=found, displacing=displacing, by=door.user, **_range(told))

    context: dict[str, Any] = {}
    try:
        changed, status = submit(request, form, change, raising=WouldOversell), None
    except WouldOversell as error:
        changed, status = None, error.status
        context = {"affected": _affected(found, form.cleaned_data), "chosen": displacing}
    if changed:
        messages.success(request, f"{clock.days_in_words(changed.result)} changed.")
        return redirect("floor:pool", node=door.node.slug, pool=found.pk)
    context |= {
        "pool": found,
        "node": found.node,
        "state": f"{found.slots:,} on a usual day. Days of {found.node.timezone}.",
        **month_of(request, door, found, slots=1),
    }
    return show_form(
        request, "fulfillment/capacity/floor_pool.html", form, context, status=status or status_of(form)
    )


@floor(OPERATOR, methods=("GET", "POST"))
def floor_terms(request: HttpRequest, door: NodeDoor, kind: str) -> HttpResponse:
    """What is kept of slots that are given back late."""
    label = dict(TERM_KINDS).get(kind)
    if label is None:
        raise Http404
    standing = door.all(CancellationTerm).filter(kind=kind).order_by("-notice_days")
    formset = TermsFormSet(
        request.POST if request.method == "POST" else None, initial=initial_terms(standing), prefix="term"
    )
    status = 200
    refused = ""
    if request.method == "POST":
        status = 422
        if formset.is_valid():
            try:
                services.set_terms(node=door.node, kind=kind, terms=terms_in(formset), by=door.user)
            except DomainError as error:
                refused, status = error.message, error.status
            else:
                messages.success(request, "The terms hold for what is given back from now on.")
                return redirect("floor:slots", node=door.node.slug)
    context = {
        "formset": formset,
        "kind": kind,
        "label": label,
        "refused": refused,
        "words": terms_in_words(standing),
        "kinds": TERM_KINDS,
    }
    return render(request, "fulfillment/capacity/floor_terms.html", context, status=status)


@floor(OPERATOR)
def floor_coming(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Who has the dock or a table today, and who has come."""
    today = clock.today(door.node.timezone)
    bookings = list(_coming(door, today).select_related("pool", "member")[:200])
    context = {
        "bookings": sorted(
            bookings, key=lambda b: (b.pool.kind, b.pool.opens_at or dt.time(), b.member.name)
        ),
        "today": today,
        "state": _state(bookings),
    }
    return render(request, "fulfillment/capacity/floor_coming.html", context)


@floor(OPERATOR, methods=("POST",))
def floor_came(request: HttpRequest, door: NodeDoor, booking: UUID) -> HttpResponse:
    """Somebody came: the appointment or the table is used."""
    row = door.get(Booking, booking)
    services.note_use(booking=row, by=door.user)
    messages.success(request, f"{row.member.name} is here: {row.pool.label}.")
    return redirect("floor:coming", node=door.node.slug)


def _coming(door: NodeDoor, today: dt.date) -> Any:
    return door.all(Booking).filter(
        state=Booking.State.BOOKED,
        pool__kind__in=[SlotPool.Kind.DOCK, SlotPool.Kind.TABLE],
        first_day__lte=today,
        last_day__gte=today,
    )


def _state(bookings: Sequence[Booking]) -> str:
    came = sum(booking.used_at is not None for booking in bookings)
    return f"{came} of {len(bookings)} came to the dock or a table so far."


def _loads(
    pools: Sequence[SlotPool], first: dt.date, last: dt.date
) -> dict[UUID, tuple[int, int, list[int]]]:
    """For each pool: booked or held, offered, and the free slots day by day. One query."""
    reading = read([pool.pk for pool in pools], first, last)
    days = {pool.pk: reading.of(pool.pk) for pool in pools}
    return {
        pk: (sum(v.taken for v in views), sum(v.capacity for v in views), [v.free for v in views])
        for pk, views in days.items()
    }


def _range(read: dict[str, Any]) -> dict[str, Any]:
    """What a form read, as services call it."""
    return {{"first_day": "first", "last_day": "last"}.get(name, name): value for name, value in read.items()}


def _affected(pool: SlotPool, read: dict[str, Any]) -> list[services.Affected]:
    """Whose bookings are more than so many slots on these days could hold."""
    return services.affected_by(
        pool=pool, first=read["first_day"], last=read["last_day"], slots=read["slots"]
    )
