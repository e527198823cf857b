"""Locking everything an act may touch at once, and offering what comes free to those who wait.

What an act may touch is more than it names: slots that come free go to somebody who waits for them and for more days,
and holds that ran out on those days are worth nothing. All of it is found first, locked in one go in key order, and
looked at again behind the locks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from coop.kernel import clock
from coop.kernel.errors import Busy
from coop.kernel.locks import lock_rows
from coop.models import Member
from coop.runtime import failpoints
from fulfillment.capacity.counters import Span, count_waiting, days_of, lock_days, move
from fulfillment.capacity.letters import tell
from fulfillment.capacity.models import Booking, PoolDay, SlotPool, WaitlistEntry
from fulfillment.capacity.queueing import serve
from fulfillment.capacity.services.asks import ask_of, asked, booking_of, spans_of

OFFER = dt.timedelta(hours=24)

failpoints.declare(
    "fulfillment.capacity.run_out", "fulfillment.capacity.offer_written", "fulfillment.capacity.offer_taken"
)
_TRIES = 10


@dataclass
class Scene:
    """Everything whose days are locked: who waits (in order), which holds may have run out, the bookings named."""

    spans: list[Span]
    entries: list[WaitlistEntry] = field(default_factory=list)
    holds: list[Booking] = field(default_factory=list)
    rows: list[Booking] = field(default_factory=list)
    seen: set[UUID] = field(default_factory=set)


class _Again(Exception):
    """Somebody came between looking and locking; next time their days are locked, too."""

    def __init__(self, more: Sequence[Span]) -> None:
        super().__init__()
        self.more = more


def lock_scene(named: Callable[[], Sequence[Span]], *, tidy: bool, bookings: Collection[UUID] = ()) -> Scene:
    """Lock the days of the spans that `named` gives, of everybody who waits for any of them, and then `bookings`.

    `tidy` adds the holds that ran out on those days (always, where somebody waits). Bookings come back locked and
    fresh in `rows`; `named` is asked again when one of them was changed meanwhile. Raises Busy when it never settles.
    """
    more: list[Span] = []
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return _lock(named(), more, tidy, bookings)
        except _Again as again:
            more += again.more
    raise Busy("Many people are changing these days. Try again in a moment.")


def _lock(spans: Sequence[Span], more: Sequence[Span], tidy: bool, bookings: Collection[UUID]) -> Scene:
    scene = _look(spans, tidy)
    days = lock_days([*scene.spans, *more])
    locked = {(day.pool_id, day.day) for day in days}
    if any(day.waiting for day in days):
        scene.entries = _behind_locks(scene, spans, tidy, locked)
    else:
        scene.entries = []
    named = set(bookings)
    if wanted := [*named, *(hold.pk for hold in scene.holds)]:
        found = Booking.objects.filter(pk__in=wanted)
        rows = lock_rows(found.select_related("pool__node", "pool__assortment", "member"))
        _must_cover(locked, [span for row in rows if not row.is_over for span in spans_of(row)])
        now = clock.now()
        scene.rows = [row for row in rows if row.pk in named]
        scene.holds = [row for row in rows if row.ran_out(now) and row.pk not in named]
    return scene


def _behind_locks(
    scene: Scene, spans: Sequence[Span], tidy: bool, locked: Collection[tuple[UUID, dt.date]]
) -> list[WaitlistEntry]:
    """Who waits now that the days are locked: those who were seen and still do, and whoever joined meanwhile."""
    waiting = set(_near(spans).values_list("pk", flat=True))
    if waiting <= scene.seen:
        return [entry for entry in scene.entries if entry.pk in waiting]
    entries = _look(spans, tidy).entries
    _must_cover(locked, [span for entry in entries for span in asked(ask_of(entry))])
    return entries


def _must_cover(locked: Collection[tuple[UUID, dt.date]], spans: Sequence[Span]) -> None:
    if any(key not in locked for key in days_of(spans)):
        raise _Again(spans)


def _look(spans: Sequence[Span], tidy: bool) -> Scene:
    """Who waits and which holds ran out on days that are touched, by the spans or by one another."""
    there = _there(spans)
    waiting = _near(spans).select_related("pool__node", "member", "joined_by")
    entries = list(waiting)
    holds = list(Booking.objects.run_out().filter(there)) if tidy or entries else []
    scene = Scene(spans=list(spans), seen={entry.pk for entry in entries})
    pending: list[tuple[WaitlistEntry | Booking, list[Span]]] = [
        *((entry, asked(ask_of(entry))) for entry in entries),
        *((hold, spans_of(hold)) for hold in holds),
    ]
    grew = True
    while grew and pending:
        touched = [(row, own) for row, own in pending if _overlap(own, scene.spans)]
        pending = [pair for pair in pending if pair not in touched]
        grew = bool(touched)
        for row, own in touched:
            scene.spans += own
            if isinstance(row, Booking):
                scene.holds.append(row)
    left = {row.pk for row, _ in pending}
    scene.entries = [entry for entry in entries if entry.pk not in left]
    return scene


def _there(spans: Sequence[Span]) -> Q:
    """Rows of the spans' pools, and of others that share SKU places with them."""
    pools = {span.pool_id for span in spans}
    siblings = SlotPool.objects.filter(pk__in=pools, assortment__isnull=False).values("assortment")
    return Q(pool__in=pools) | Q(pool__assortment__in=pools) | Q(pool__assortment__in=siblings)


def _near(spans: Sequence[Span]) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.waiting().filter(_there(spans))


def end_holds(scene: Scene) -> list[Booking]:
    """Give back what the scene's holds keep, if they are still held and over. An offer that ran out has lapsed."""
    ended, scene.holds = scene.holds, []
    if ended:
        move([span for hold in ended for span in spans_of(hold, sign=-1)])
        failpoints.reach("fulfillment.capacity.run_out")
        pks = [hold.pk for hold in ended]
        Booking.objects.filter(pk__in=pks).update(
            state=Booking.State.EXPIRED, released_at=clock.now(), reason="the hold ran out"
        )
        end_offers(pks, WaitlistEntry.State.LAPSED)
    return ended


def end_offers(bookings: Collection[UUID], state: str) -> list[WaitlistEntry]:
    """What becomes of the offers that these bookings were, if any were."""
    offered = WaitlistEntry.objects.filter(offer__in=bookings, state=WaitlistEntry.State.OFFERED)
    entries = lock_rows(offered)
    if entries:
        WaitlistEntry.objects.filter(pk__in=[e.pk for e in entries]).update(state=state, ended_at=clock.now())
    if state == WaitlistEntry.State.LAPSED:
        for entry in entries:
            tell("lapsed", entry)
    return entries


def offer_freed(scene: Scene) -> list[WaitlistEntry]:
    """Offer what is free on the scene's days to those who wait for it, in their order. Returns whom it was offered to.

    Their days are locked. An offer is a hold of OFFER, at most until the first day begins at the node; who may book
    nothing new is passed over and keeps the place.
    """
    now = clock.now()
    asking = [
        e for e in scene.entries if e.member.standing == Member.Standing.GOOD and offer_end(e, now) > now
    ]
    free = _free([span for entry in asking for span in asked(ask_of(entry))])
    # What does not fit now will not when others are served; most who wait are found out by the first day they lack.
    fitting = [entry for entry in asking if _fits(free, asked(ask_of(entry)))]
    chosen = [fitting[n] for n in serve(free, [days_of(asked(ask_of(entry))) for entry in fitting])]
    if not chosen:
        return []
    offers = [
        booking_of(ask_of(e), member=e.member, held_until=offer_end(e, now), by=e.joined_by) for e in chosen
    ]
    Booking.objects.bulk_create(offers)
    failpoints.reach("fulfillment.capacity.offer_written")
    taken = [span for entry in chosen for span in asked(ask_of(entry))]
    if not move(taken):
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
    count_waiting([span for entry in entries for span in asked(ask_of(entry))], 1)


def stop_waiting(entries: Sequence[WaitlistEntry]) -> None:
    """Their days no longer count them; the days are locked."""
    count_waiting([span for entry in entries for span in asked(ask_of(entry))], -1)


def offer_end(entry: WaitlistEntry, now: dt.datetime) -> dt.datetime:
    """Until when an offer made now would stand."""
    begins = dt.datetime.combine(entry.first_day, dt.time(), tzinfo=entry.pool.node.zone)
    return min(now + OFFER, begins.astimezone(dt.UTC))


def _free(spans: Sequence[Span]) -> dict[tuple[UUID, dt.date], int]:
    """What is free on the days between the first and the last of the spans, in their pools."""
    if not spans:
        return {}
    first, last = min(s.first for s in spans), max(s.last for s in spans)
    rows = PoolDay.objects.filter(pool__in={s.pool_id for s in spans}, day__range=(first, last))
    free = rows.order_by().values_list("pool_id", "day", F("capacity") - F("booked"))
    return {(pool, day): n for pool, day, n in free}


def _fits(free: Mapping[tuple[UUID, dt.date], int], spans: Sequence[Span]) -> bool:
    return all(
        free.get((span.pool_id, day), 0) >= span.slots
        for span in spans
        for day in clock.days_between(span.first, span.last)
    )


def _overlap(ours: Iterable[Span], theirs: Sequence[Span]) -> bool:
    return any(
        a.pool_id == b.pool_id and a.first <= b.last and b.first <= a.last for a in ours for b in theirs
    )
