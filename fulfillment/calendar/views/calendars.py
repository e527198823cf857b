"""Calendars: a node's days for its operators, a season for a creator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.kernel import clock
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from fulfillment.calendar.days import weeks_of
from fulfillment.calendar.panels import Figure, panel
from fulfillment.calendar.rows import Load, loads, member_rows, node_rows
from fulfillment.calendar.season import WEEKS, season_of

WEEK_CHOICES = (2, 4, 8, 13)
USUAL_WEEKS = 4
# Nobody plans, or looks back, further than this; it also keeps what is typed into the address from asking for the year 1.
_REACH = dt.timedelta(days=800)


@floor(OPERATOR)
def node_calendar(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """All runs, dock appointments, drops and closures of a node by day, and the load against what it can do."""
    today = clock.today(door.node.timezone)
    first = _monday(request.GET.get("from", ""), today)
    weeks = _weeks(request.GET.get("weeks", ""))
    last = first + dt.timedelta(days=7 * weeks - 1)
    found = loads(door.node, first, last)
    rows = node_rows(door.node, first, last)
    context = {
        "weeks": weeks_of(door.node, rows, found, first, last, today),
        "panels": _panels(found.values()),
        "loads": list(found.values()),
        "anything": any((rows.runs, rows.bookings, rows.legs, rows.closures, rows.asns)),
        "first": first,
        "last": last,
        "today": today,
        "count": weeks,
        "choices": WEEK_CHOICES,
        "earlier": first - dt.timedelta(weeks=weeks),
        "later": first + dt.timedelta(weeks=weeks),
        "over": [load for load in found.values() if load.over and load.day >= today],
        "late": [asn for asn in rows.asns if asn.expected_on < today and asn.state == "announced"],
    }
    return render(request, "fulfillment/calendar/node.html", context)


@portal(OWNER, MANAGER)
def season(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """The thirteen weeks ahead: bookings, holds, offers, drops, and what must be done by when."""
    now = clock.now()
    today = now.date()
    monday = _monday(request.GET.get("from", ""), today)
    # A day on both sides: a day at a node begins and ends at another moment than in UTC.
    begin = dt.datetime.combine(monday - dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)
    rows = member_rows(door.member, begin, begin + dt.timedelta(days=7 * WEEKS + 2))
    context = {
        "season": season_of(rows, monday, now),
        "today": today,
        "this_week": today - dt.timedelta(days=today.weekday()),
        "earlier": monday - dt.timedelta(weeks=WEEKS),
        "later": monday + dt.timedelta(weeks=WEEKS),
    }
    return render(request, "fulfillment/calendar/season.html", context)


def _panels(days: Iterable[Load]) -> list[object]:
    rows = list(days)
    found = [
        panel("Picks", "picks", [Figure(d.day, d.picks, d.booked, d.promised) for d in rows]),
        panel("Dock", "appointments", [Figure(d.day, d.docks, d.docks_booked) for d in rows]),
        panel("Shelves", "slots", [Figure(d.day, d.shelves, d.shelves_booked) for d in rows]),
    ]
    return [each for each in found if each is not None]


def _monday(text: str, today: dt.date) -> dt.date:
    """The Monday of the week of a day that was asked for; of today for what is no day."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = today
    day = min(max(day, today - _REACH), today + _REACH)
    return day - dt.timedelta(days=day.weekday())


def _weeks(text: str) -> int:
    return int(text) if text in map(str, WEEK_CHOICES) else USUAL_WEEKS
