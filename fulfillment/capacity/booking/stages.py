"""How a booking stands today at its node, in words; and the same as a filter of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from coop.kernel import clock
from coop.models import Node
from fulfillment.capacity.models import Booking, SlotPool

HELD, UPCOMING, IN_USE, OVER = "held", "upcoming", "in_use", "over"
# What ended has its own word.
RAN_OUT, RELEASED = "ran out", "released"
LABELS = {
    HELD: "held",
    UPCOMING: "upcoming",
    IN_USE: "in use",
    OVER: "over",
    RAN_OUT: "ran out",
    RELEASED: "released",
}


def stage(booking: Booking) -> str:
    """One of LABELS. Its pool and node must be there."""
    if booking.state == Booking.State.HELD:
        return HELD if is_running(booking) else RAN_OUT
    if booking.state == Booking.State.EXPIRED:
        return RAN_OUT
    if booking.state == Booking.State.RELEASED:
        return RELEASED
    today = clock.today(booking.pool.node.timezone)
    if booking.last_day < today:
        return OVER
    return IN_USE if booking.first_day <= today else UPCOMING


def is_running(booking: Booking) -> bool:
    """Whether it is a hold that still holds."""
    return (
        booking.state == Booking.State.HELD
        and booking.held_until is not None
        and booking.held_until > clock.now()
    )


def in_stage(bookings: QuerySet[Booking], wanted: str, nodes: QuerySet[Node]) -> QuerySet[Booking]:
    """Those in that stage; without one those that are held, in use or ahead. One query for the zones of the nodes."""
    running = Q(state=Booking.State.HELD, held_until__gt=clock.now())
    if wanted == HELD:
        return bookings.filter(running)
    booked, zones = Q(state=Booking.State.BOOKED), _todays(nodes)
    ended = _on(zones, "last_day__lt")
    if wanted == OVER:
        return bookings.exclude(running).filter(~booked | ended)
    if wanted == UPCOMING:
        return bookings.filter(booked, _on(zones, "first_day__gt"))
    if wanted == IN_USE:
        return bookings.filter(booked, _on(zones, "first_day__lte"), ~ended)
    return bookings.filter(running | (booked & ~ended))


def _todays(nodes: QuerySet[Node]) -> list[tuple[str, dt.date]]:
    """Each zone in which there is a node, and what day it is there."""
    zones = nodes.order_by().values_list("timezone", flat=True).distinct()
    return [(zone, clock.today(zone)) for zone in zones]


def _on(zones: Iterable[tuple[str, dt.date]], comparison: str) -> Q:
    found = Q(pk__in=[])
    for zone, today in zones:
        found |= Q(pool__node__timezone=zone, **{comparison: today})
    return found


def last_taken_at(pool: SlotPool, first: dt.date, last: dt.date) -> dt.datetime | None:
    """When slots of the pool on any of these days were taken last, by whomever: a member who finds it full is told that,
    and nothing about others."""
    return Booking.objects.last_taken_at(pool, first, last)
