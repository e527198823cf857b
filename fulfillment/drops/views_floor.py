"""Drops as the floor sees them: what one brings to this node, and what is reserved for it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.members.access import OPERATOR, NodeDoor, floor
from fulfillment.drops.models import Drop
from fulfillment.drops.reads import handled, legs_told


@floor(OPERATOR)
def floor_drop(request: HttpRequest, door: NodeDoor, pk: UUID) -> HttpResponse:
    """One drop at this node: when it opens, what comes, dock, slots and picks that are booked for it."""
    drop = door.get(Drop, pk)
    context = {"drop": drop, "legs": legs_told(drop, door.node), "handled": handled(drop)}
    return render(request, "fulfillment/drops/floor_drop.html", context)
