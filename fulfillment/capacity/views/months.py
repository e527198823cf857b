"""The occupancy of a pool, day by day: a month with every day's reason."""

from __future__ import annotations

import calendar as weeks
import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from coop.kernel import clock
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.nodes.doors import NodeDoor
from fulfillment.capacity.availability.months import Day, days_of_pool
from fulfillment.capacity.booking.terms import terms_in_words
from fulfillment.capacity.forms.asking import bookable
from fulfillment.capacity.models import Booking, CancellationTerm, SlotPool

MOST_AHEAD = 24


@portal(OWNER, MANAGER)
def slot_calendar(request: HttpRequest, door: MemberDoor, pool: UUID) -> HttpResponse:
    """A month of one pool: what is free each day, and why the rest is not. A fragment for htmx."""
    found = get_object_or_404(bookable(door.shared(SlotPool)), pk=pool)
    slots, skus = (_count(request.GET.get(name, "")) for name in ("slots", "skus"))
    context = {
        "pool": found,
        "node": found.node,
        "slots": max(1, slots),
        **month_of(request, door, found, slots=max(1, slots), skus=skus),
        "terms": terms_in_words(door.shared(CancellationTerm).filter(node=found.node_id, kind=found.kind)),
    }
    name = "_month_panel" if getattr(request, "htmx", False) else "calendar"
    return render(request, f"fulfillment/capacity/{name}.html", context)


def month_of(
    request: HttpRequest, door: MemberDoor | NodeDoor, pool: SlotPool, *, slots: int = 1, skus: int = 0
) -> dict[str, Any]:
    """The weeks of the month that ?month=2026-12 names (this month otherwise), with its neighbours' addresses."""
    today = clock.today(pool.node.timezone)
    month = _month(request.GET.get("month", ""), today)
    last = month.replace(day=weeks.monthrange(month.year, month.month)[1])
    days = some_days(door, pool, month, last, slots=slots, skus=skus)
    blanks = month.weekday()
    cells: list[Day | None] = [*[None] * blanks, *days]
    cells += [None] * (-len(cells) % 7)
    rows = [cells[n : n + 7] for n in range(0, len(cells), 7)]
    this = today.replace(day=1)
    before = (month - dt.timedelta(days=1)).replace(day=1)
    after = (last + dt.timedelta(days=1)).replace(day=1)
    return {
        "month": month,
        "today": today,
        # Weeks that are over have nothing to say any more.
        "weeks": [week for week in rows if any(day and day.day >= today for day in week)],
        "before_url": _address(request, before) if before >= this else "",
        "after_url": _address(request, after) if after <= this + dt.timedelta(days=31 * MOST_AHEAD) else "",
    }


def some_days(
    door: MemberDoor | NodeDoor,
    pool: SlotPool,
    first: dt.date,
    last: dt.date,
    *,
    slots: int = 1,
    skus: int = 0,
) -> list[Day]:
    """Every day from `first` to `last` as this door sees it."""
    member = door.member if isinstance(door, MemberDoor) else None
    return days_of_pool(
        pool=pool,
        own=None if member is None else door.all(Booking),
        first=first,
        last=last,
        slots=slots,
        skus=skus,
        member=member,
    )


def _count(text: str) -> int:
    return min(int(text), 100_000) if text.isdecimal() and len(text) < 10 else 0


def _month(text: str, today: dt.date) -> dt.date:
    try:
        month = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    limit = today.replace(day=1) + dt.timedelta(days=31 * MOST_AHEAD)
    return month if today.replace(day=1) <= month <= limit else today.replace(day=1)


def _address(request: HttpRequest, month: dt.date) -> str:
    kept = {name: value for name, value in request.GET.items() if name != "month"}
    return "?" + urlencode({**kept, "month": f"{month:%Y-%m}"})
