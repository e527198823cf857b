"""The same slots again and again: looked at first, then booked all or none."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.web.forms import refuse
from fulfillment.capacity import services
from fulfillment.capacity.errors import Full, OverTier
from fulfillment.capacity.forms import SeriesForm
from fulfillment.capacity.forms.asking import bookable
from fulfillment.capacity.models import Booking, SlotPool


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def slot_series(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """GET with an ask shows every time with its clashes; POST books them all, or none."""
    pools = bookable(door.shared(SlotPool))
    asked = request.POST if request.method == "POST" else request.GET if "until" in request.GET else None
    tomorrow = clock.today("UTC") + dt.timedelta(days=1)
    initial = {
        "pool": request.GET.get("pool"),
        "slots": request.GET.get("slots", 1),
        "first_day": request.GET.get("first_day") or tomorrow,
        "until": tomorrow + dt.timedelta(weeks=12),
        "days": 1,
    }
    form = SeriesForm(asked, pools=pools, initial=initial)
    context: dict[str, Any] = {"form": form, "has_pools": pools.exists()}
    status = 200
    if asked is not None:
        status = 422
        if form.is_valid():
            series = _series(form)
            try:
                if request.method == "POST":
                    return _book(request, door, series)
                context |= _preview(door, series)
                status = 200
            except DomainError as error:
                refuse(form, error)
                status = error.status
                if isinstance(error, Full | OverTier):
                    context |= _preview(door, series)
    return render(request, "fulfillment/capacity/series.html", context, status=status)


def _book(request: HttpRequest, door: MemberDoor, series: services.Series) -> HttpResponse:
    group = services.book_series(member=door.member, series=series, by=door.user)
    booked = list(door.all(Booking).filter(group=group).order_by("first_day"))
    messages.success(request, f"All {len(booked)} times of “{group.title}” are yours.")
    return redirect("portal:slot-detail", member=door.member.slug, pk=booked[0].pk)


def _preview(door: MemberDoor, series: services.Series) -> dict[str, Any]:
    times = services.preview_series(member=door.member, series=series)
    pairs = [("first_day", one.first_day) for one in times] + [("last_day", one.last_day) for one in times]
    return {
        "times": times,
        "clashes": sum(bool(one.clashes) for one in times),
        "quote_query": urlencode([("pool", series.pool.pk), ("slots", series.slots), *pairs]),
    }


def _series(form: SeriesForm) -> services.Series:
    read = dict(form.cleaned_data)
    return services.Series(rrule=read.pop("every"), **read)
