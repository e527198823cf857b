"""Offering what comes free to those who wait, and counting who waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from coop.kernel import clock
from coop.kernel.errors import Busy
from coop.models import Member
from coop.runtime import failpoints
from fulfillment.capacity.availability.asks import all_asked, ask_of, asked, booking_of
from fulfillment.capacity.availability.counters import Key, Span, count_waiting, days_of, move
from fulfillment.capacity.availability.fairness import serve
from fulfillment.capacity.availability.reading import read_spans
from fulfillment.capacity.letters import tell
from fulfillment.capacity.models import Booking, WaitlistEntry
from fulfillment.capacity.waitlist.scene import Scene, end_holds

OFFER = dt.timedelta(hours=24)

failpoints.declare("fulfillment.capacity.offer_written", "fulfillment.capacity.offer_taken")


def hand_out(scene: Scene) -> list[WaitlistEntry]:
    """Offer what is free on the scene's days to those who wait for it, in their order. Returns whom it was offered to.

    Holds that ran out give back first. An offer is a hold of OFFER, at most until the first day begins at the node; who
    may book nothing new is passed over and keeps the place.
    """
    end_holds(scene)
    chosen = _whose_turn(scene)
    if not chosen:
        return []
    offers = [
        booking_of(ask_of(e), member=e.member, held_until=offer_end(e, scene.now), by=e.joined_by)
        for e in chosen
    ]
    Booking.objects.bulk_create(offers)
    failpoints.reach("fulfillment.capacity.offer_written")
    if not move(all_asked(map(ask_of, chosen))):
        raise Busy("Somebody else is working on the same days. Try again in a moment.")
    failpoints.reach("fulfillment.capacity.offer_taken")
    stop_waiting(chosen)
    for entry, offer in zip(chosen, offers, strict=True):
        entry.state, entry.offer = WaitlistEntry.State.OFFERED, offer
        tell("offered", entry)
    WaitlistEntry.objects.bulk_update(chosen, ["state", "offer"])
    gone = {entry.pk for entry in chosen}
    scene.entries = [entry for entry in scene.entries if entry.pk not in gone]
    return chosen


def start_waiting(entries: Sequence[WaitlistEntry]) -> None:
    """Put entries on the list; their days are open and locked."""
    WaitlistEntry.objects.bulk_create(entries)
    count_waiting(all_asked(map(ask_of, entries)), 1)


def stop_waiting(entries: Sequence[WaitlistEntry]) -> None:
    """Their days no longer count them; the days are locked."""
    count_waiting(all_asked(map(ask_of, entries)), -1)


def offer_end(entry: WaitlistEntry, now: dt.datetime) -> dt.datetime:
    """Until when an offer made now would stand."""
    begins = dt.datetime.combine(entry.first_day, dt.time(), tzinfo=entry.pool.node.zone)
    return min(now + OFFER, begins.astimezone(dt.UTC))


def _whose_turn(scene: Scene) -> list[WaitlistEntry]:
    """Those of the scene who are served by what is free now."""
    good = [entry for entry in scene.entries if entry.member.standing == Member.Standing.GOOD]
    asking = [entry for entry in good if offer_end(entry, scene.now) > scene.now]
    if not asking:
        return []
    days = read_spans(all_asked(map(ask_of, asking)), now=scene.now, behind_locks=True).days
    free = {key: view.left for key, view in days.items() if view.is_open}
    # What does not fit now will not when others are served; most who wait are found out by the first day they lack.
    fitting = [entry for entry in asking if _fits(free, asked(ask_of(entry)))]
    return [fitting[n] for n in serve(free, [days_of(asked(ask_of(entry))) for entry in fitting])]


def _fits(free: Mapping[Key, int], spans: Sequence[Span]) -> bool:
    return all(
        free.get((span.pool_id, day), 0) >= span.slots
        for span in spans
        for day in clock.days_between(span.first, span.last)
    )
