"""The floor's home: the board on the wall."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.kernel import clock
from coop.nodes.doors import NodeDoor, floor
from coop.nodes.hours import Schedule
from fulfillment.floor import board as facts
from fulfillment.picking import reads as picking


@floor()
def board(request: HttpRequest, door: NodeDoor) -> HttpResponse:
    """The wall: what must leave when, who is at it, and what is in the way."""
    node = door.node
    pace = facts.pieces_an_hour(node)
    lanes = facts.lanes(node, pace)
    schedule, today = Schedule.of(node), clock.today(node.timezone)
    cutoff = schedule.cutoff_on(today) if schedule.is_open(today) else None
    context = {
        "door": door,
        "node": node,
        "now": clock.now(),
        "lanes": lanes,
        "most": max((lane.pieces for lane in lanes), default=1),
        "figures": facts.figures(node, pace),
        "waves": picking.waves(node),
        "people": picking.people(node),
        "troubles": facts.troubles(node, lanes),
        "cutoff": cutoff,
        "cutoff_label": f"{cutoff.astimezone(node.zone):%H:%M %Z}" if cutoff else "",
    }
    part = (
        "fulfillment/floor/_board.html"
        if request.headers.get("HX-Request")
        else "fulfillment/floor/board.html"
    )
    return render(request, part, context)
