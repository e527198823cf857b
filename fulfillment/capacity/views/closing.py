"""When a node works: its week, closed days, days opened again. The steward's doors and the operator's, to the same acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.models import Closure, Node, User
from coop.nodes.doors import OPERATOR, CoopDoor, NodeDoor, floor, network
from coop.nodes.forms import ClosureForm, HoursForm
from coop.nodes.hours import is_open
from coop.nodes.views import show_node
from coop.web.forms import status_of
from coop.web.pages import show_form, submit
from fulfillment.capacity import services
from fulfillment.capacity.errors import WouldOversell
from fulfillment.capacity.forms import CloseForm
from fulfillment.capacity.models import Booking


@floor(OPERATOR, methods=("GET", "POST"))
def floor_closed(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """Close days, with those affected shown first; open them again."""
    today = clock.today(door.node.timezone)
    form = CloseForm(
        request.POST if request.method == "POST" else None, initial={"first_day": today, "last_day": today}
    )
    closed, asked = _close(request, form, door.node, door.all(Booking), door.user)
    if closed:
        return redirect("floor:closed", node=door.node.slug)
    closures = door.all(Closure).filter(day__gte=today)
    context = {
        "page": keyset(request, closures, order=("day", "id"), size=30),
        "undecided": undecided(door.node),
        **asked,
    }
    status = WouldOversell.status if asked else status_of(form)
    return show_form(request, "fulfillment/capacity/floor_closed.html", form, context, status=status)


@floor(OPERATOR, methods=("POST",))
def floor_reopen(request: HttpRequest, door: NodeDoor, closure: UUID) -> HttpResponse:
    """Open a closed day again; who waits for it is asked first."""
    _reopen(request, door.get(Closure, closure), door.user)
    return redirect("floor:closed", node=door.node.slug)


@network(methods=("POST",))
def node_close(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Close days of a node, with those affected shown first."""
    node = door.get(Node, pk)
    form = ClosureForm(request.POST)
    closed, asked = _close(request, form, node, door.all(Booking).filter(pool__node=node), door.user)
    if closed:
        return redirect("network:node-detail", pk=pk)
    if asked:
        context = {"node": node, "form": form, **asked}
        return render(
            request, "fulfillment/capacity/network_closing.html", context, status=WouldOversell.status
        )
    return show_node(request, door, node, status=status_of(form), closure_form=form)


@network(methods=("POST",))
def node_reopen(request: HttpRequest, door: CoopDoor, pk: UUID, closure: UUID) -> HttpResponse:
    """A day off taken back."""
    _reopen(request, door.get(Closure, closure, node_id=pk), door.user)
    return redirect("network:node-detail", pk=pk)


@network(methods=("POST",))
def node_hours(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """The whole week at once; what is booked on days that become days off is left to decide."""
    node = door.get(Node, pk)
    form = HoursForm(request.POST)
    week = submit(request, form, lambda _: services.set_week(node=node, hours=form.week(), by=door.user))
    if week is None:
        return show_node(request, door, node, status=status_of(form), hours_form=form)
    messages.success(request, _("The week is set."))
    if left := len({still.day for still in week.result}):
        words = ngettext(
            "%(n)s day is booked although the node does not work then. It takes nothing new; decide it under Slots.",
            "%(n)s days are booked although the node does not work then. They take nothing new; decide them under Slots.",
            left,
        )
        messages.warning(request, words % {"n": left})
    return redirect("network:node-detail", pk=pk)


def undecided(node: Node) -> list[tuple[dt.date, Sequence[services.StillBooked]]]:
    """The days ahead that are booked though the node does not work then, each with its pools."""
    left = services.booked_though_closed(node=node)
    return [(day, list(pools)) for day, pools in groupby(left, key=lambda still: still.day)]


def chosen(request: HttpRequest, bookings: QuerySet[Booking]) -> list[UUID]:
    """Those of these bookings that were chosen to take slots back from."""
    try:
        wanted = [UUID(text) for text in request.POST.getlist("displacing")]
    except ValueError:
        return []
    return list(bookings.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else []


def _close(
    request: HttpRequest, form: forms.Form, node: Node, bookings: QuerySet[Booking], by: User | None
) -> tuple[bool, dict[str, Any]]:
    """Whether the days are closed; if not because of what is booked, whose bookings would go and who was chosen."""
    displacing: Collection[UUID] = chosen(request, bookings)

    def close(told: dict[str, Any]) -> int:
        return services.close_days(
            node=node,
            first=told["first_day"],
            last=told["last_day"],
            reason=told["reason"],
            displacing=displacing,
            by=by,
        )

    try:
        closed = submit(request, form, close, raising=WouldOversell)
    except WouldOversell:
        told = form.cleaned_data
        affected = services.affected_by_closing(node=node, first=told["first_day"], last=told["last_day"])
        return False, {"affected": affected, "chosen": displacing}
    if closed:
        words = _("Closed: %(reason)s. Whoever lost slots is told.")
        messages.success(request, words % {"reason": form.cleaned_data["reason"]})
    return closed is not None, {}


def _reopen(request: HttpRequest, row: Closure, by: User | None) -> None:
    services.reopen_days(node=row.node, first=row.day, last=row.day, by=by)
    day = {"day": f"{row.day:%A %-d %B}"}
    if is_open(row.node, row.day):
        messages.success(request, _("%(day)s is open again.") % day)
    else:
        messages.success(request, _("%(day)s is no closed day any more; by its week the node is off.") % day)
