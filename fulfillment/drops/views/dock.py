"""Drops as the floor sees them: the days of the dock, and what a drop brings here."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from uuid import UUID

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.kernel import clock
from coop.models import Node
from coop.nodes.doors import OPERATOR, NodeDoor, floor
from fulfillment.capacity.models import Booking
from fulfillment.drops.models import CycleRun, Drop, ReplenishmentCycle
from fulfillment.drops.reads import handled, legs_told
from fulfillment.inventory.models import Asn

CALENDAR_DAYS = 28
_MOST = 500


@floor()
def dock(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """The dock: who comes today, the runs of the weeks ahead and the shipments expected on each day."""
    today = clock.today(door.node.timezone)
    until = today + dt.timedelta(days=CALENDAR_DAYS)
    runs = door.shared(CycleRun).filter(
        cycle__node=door.node, is_off=False, dock_until__gte=clock.now(), dock_from__date__lte=until
    )
    asns = (
        door.all(Asn)
        .filter(state__in=[Asn.State.ANNOUNCED, Asn.State.RECEIVING], expected_on__lte=until)
        .select_related("member")
        .annotate(pieces=Sum("lines__quantity_expected", default=0))
        .order_by("expected_on", "announced_at")[:_MOST]
    )
    days: dict[dt.date, dict[str, list[object]]] = defaultdict(lambda: {"runs": [], "asns": [], "comers": []})
    for run in runs.select_related("cycle").annotate(drop_count=Count("legs")):
        days[run.dock_from.astimezone(door.node.zone).date()]["runs"].append((run, _hours(run, door.node)))
    for asn in asns:
        # What should have come and has not still comes: it stands under today.
        days[max(asn.expected_on, today)]["asns"].append(asn)
    for booking in _appointments(door, today, until):
        days[booking.first_day]["comers"].append(booking)
    context = {
        "days": sorted(days.items()),
        "today": today,
        "cycles": door.all(ReplenishmentCycle).filter(is_active=True).count(),
        "is_operator": door.role == OPERATOR,
    }
    return render(request, "fulfillment/drops/dock.html", context)


@floor(OPERATOR)
def floor_drop(request: HttpRequest, door: NodeDoor, pk: UUID) -> HttpResponse:
    """One drop at this node: when it opens, what comes, dock, slots and picks that are booked for it."""
    drop = door.get(Drop, pk)
    context = {"drop": drop, "legs": legs_told(drop, door.node), "handled": handled(drop)}
    return render(request, "fulfillment/drops/floor_drop.html", context)


def _appointments(door: NodeDoor, today: dt.date, until: dt.date) -> list[Booking]:
    """Dock appointments that are booked, with who comes and what for."""
    rows = door.all(Booking).filter(
        pool__kind="dock", state=Booking.State.BOOKED, first_day__gte=today, first_day__lte=until
    )
    rows = rows.select_related("pool", "member", "group__drop_leg__drop")
    return list(rows.order_by("first_day", "pool__opens_at", "pk")[:_MOST])


def _hours(run: CycleRun, node: Node) -> str:
    """The dock window on the node's wall clock."""
    opens, closes = run.dock_from.astimezone(node.zone), run.dock_until.astimezone(node.zone)
    return f"{opens:%H:%M}–{closes:%H:%M}"
