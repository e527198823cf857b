"""Locking everything an act may touch at once.

What an act may touch is more than it names: slots that come free go to somebody who waits for them and for more days,
and holds that ran out on those days are worth nothing. All of it is found first, locked in one go in key order, and
looked at again behind the locks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from coop.kernel import clock
from coop.kernel.errors import Busy
from coop.kernel.locks import lock_rows
from coop.runtime import failpoints
from fulfillment.capacity.availability.asks import ask_of, asked, spans_of
from fulfillment.capacity.availability.counters import Key, Span, days_of, lock_days, move
from fulfillment.capacity.letters import tell
from fulfillment.capacity.models import Booking, SlotPool, WaitlistEntry

failpoints.declare("fulfillment.capacity.run_out")
_TRIES = 10


@dataclass
class Scene:
    """Everything whose days are locked: who waits (in order), which holds ran out by `now`, the bookings named."""

    spans: list[Span]
    now: dt.datetime
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


def end_holds(scene: Scene) -> list[Booking]:
    """Give back what the scene's holds keep that ran out. An offer that ran out has lapsed."""
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
        scene.rows = [row for row in rows if row.pk in named]
        scene.holds = [row for row in rows if row.ran_out(scene.now) and row.pk not in named]
    return scene


def _behind_locks(
    scene: Scene, spans: Sequence[Span], tidy: bool, locked: Collection[Key]
) -> list[WaitlistEntry]:
    """Who waits now that the days are locked: those who were seen and still do, and whoever joined meanwhile."""
    waiting = set(_near(spans).values_list("pk", flat=True))
    if waiting <= scene.seen:
        return [entry for entry in scene.entries if entry.pk in waiting]
    entries = _look(spans, tidy).entries
    _must_cover(locked, [span for entry in entries for span in asked(ask_of(entry))])
    return entries


def _must_cover(locked: Collection[Key], spans: Sequence[Span]) -> None:
    if any(key not in locked for key in days_of(spans)):
        raise _Again(spans)


def _look(spans: Sequence[Span], tidy: bool) -> Scene:
    """Who waits and which holds ran out on days that are touched, by the spans or by one another."""
    now = clock.now()
    entries = list(_near(spans).select_related("pool__node", "member", "joined_by"))
    holds = list(Booking.objects.run_out(now).filter(_there(spans))) if tidy or entries else []
    days: dict[UUID, list[Span]] = {entry.pk: asked(ask_of(entry)) for entry in entries}
    days |= {hold.pk: spans_of(hold) for hold in holds}
    touched = _touched(spans, days)
    return Scene(
        spans=[*spans, *(span for pk in touched for span in days[pk])],
        now=now,
        entries=[entry for entry in entries if entry.pk in touched],
        holds=[hold for hold in holds if hold.pk in touched],
        seen={entry.pk for entry in entries},
    )


def _touched(spans: Sequence[Span], days: dict[UUID, list[Span]]) -> set[UUID]:
    """Whose days overlap the spans, or those of somebody whose days do."""
    touched: set[UUID] = set()
    reach: Sequence[Span] = spans
    while reach:
        new = {pk for pk, own in days.items() if pk not in touched and _overlap(own, reach)}
        touched |= new
        reach = [span for pk in new for span in days[pk]]
    return touched


def _overlap(ours: Iterable[Span], theirs: Sequence[Span]) -> bool:
    return any(
        a.pool_id == b.pool_id and a.first <= b.last and b.first <= a.last for a in ours for b in theirs
    )


def _there(spans: Sequence[Span]) -> Q:
    """Rows of the spans' pools, and of others that share SKU places with them."""
    pools = {span.pool_id for span in spans}
    siblings = SlotPool.objects.filter(pk__in=pools, assortment__isnull=False).values("assortment")
    return Q(pool__in=pools) | Q(pool__assortment__in=pools) | Q(pool__assortment__in=siblings)


def _near(spans: Sequence[Span]) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.waiting().filter(_there(spans))
