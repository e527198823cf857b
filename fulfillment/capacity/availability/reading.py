"""What is free: the one reading that search, calendars, previews and booking itself ask.

A day of a pool has its capacity. Bookings take some of it, and so do holds, until the second they run out. Of the rest
those who wait get what they asked for, in the order they joined, as far as it fits; what remains is `left` for whoever
comes now. A day that nobody opened yet has what opening it would give. So what a reading calls free can be booked at
that moment, and nothing else can.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import TextChoices

from coop.kernel import clock
from coop.kernel.prepared import Prepared, array
from coop.models import Member
from fulfillment.capacity.availability import days
from fulfillment.capacity.availability.counters import Key, Span, days_of
from fulfillment.capacity.availability.fairness import left_for_others


class Reason(TextChoices):
    """Why slots cannot be had on a day."""

    OVER = "over", "over"
    BLOCKED = "blocked", "no slots offered"
    BOOKED = "booked", "booked"
    HELD = "held", "held"
    WAITED_FOR = "waiting", "waited for"
    TIER = "tier", "too many SKUs for the tier"
    ON_HOLD = "on_hold", "your account is on hold"


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of a pool (`is_places`: of a node's SKU places), in slots.

    `booked` for good and `held` by running holds and offers; `run_out` holds past their time still stand in the counter
    and are free. `waiting`: how many wait for the day. `left`: what a newcomer can have of it. `note` says why less than
    `usual` (on a working day) is offered, `closure` why the node is closed, whether that stops these slots (`is_closed`) or not.
    `held_until`: when the first of the running holds ends, on the node's wall clock.
    """

    pool_id: UUID
    day: dt.date
    is_places: bool
    is_open: bool
    is_over: bool
    is_closed: bool
    usual: int
    capacity: int
    booked: int
    held: int
    run_out: int
    waiting: int
    note: str
    closure: str
    held_until: dt.datetime | None
    left: int = 0

    @property
    def key(self) -> Key:
        return self.pool_id, self.day

    @property
    def taken(self) -> int:
        """What is booked, or held by a hold that runs."""
        return self.booked + self.held

    @property
    def free(self) -> int:
        """What nobody has booked or holds, those who wait not yet served."""
        return self.capacity - self.taken

    def may_come(self, slots: int) -> bool:
        """Whether so many can come free, whoever gives back: the node works then, and the pool has that many."""
        return not self.is_over and not self.is_closed and slots <= max(self.capacity, self.usual)

    def why_not(self, slots: int) -> Reason | None:
        """Why so many slots cannot be had; None when they can."""
        if self.is_over:
            return Reason.OVER
        if self.left >= slots:
            return None
        if self.is_places:
            return Reason.TIER
        if self.is_closed or self.capacity == 0:
            return Reason.BLOCKED
        if self.waiting:
            return Reason.WAITED_FOR
        return Reason.HELD if self.free + self.held >= slots else Reason.BOOKED


@dataclass(frozen=True, slots=True)
class Lack:
    """A day that has not what was asked of it: `free` slots can be had, `asked` were wanted."""

    pool_id: UUID
    day: dt.date
    free: int
    asked: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Reading:
    """The days of some pools, and of the SKU places they share. `is_barred`: the member asked for may book nothing new."""

    days: Mapping[Key, DayView]
    is_barred: bool = False

    def of(self, pool_id: UUID) -> list[DayView]:
        """The days of one pool, in order."""
        return [view for view in self.days.values() if view.pool_id == pool_id]

    def lacking(self, spans: Iterable[Span]) -> list[Lack]:
        """Which days have not what the spans together ask of them, in order of pool and day."""
        return [
            Lack(*key, max(0, view.left), slots, reason)
            for key, slots in sorted(days_of(spans).items())
            if slots > 0 and (reason := (view := self.days[key]).why_not(slots)) is not None
        ]

    def has(self, spans: Iterable[Span]) -> bool:
        """Whether all of it can be booked at this moment."""
        return not self.is_barred and not self.lacking(spans)


def read(
    pools: Iterable[UUID],
    first: dt.date,
    last: dt.date,
    *,
    member: Member | None = None,
    now: dt.datetime | None = None,
    behind_locks: bool = False,
) -> Reading:
    """Every day of these pools, and of their SKU places, from `first` to `last`. One query, however many.

    For `member`, or for any member in good standing. `now` is the moment at which holds run out, this one otherwise.
    `behind_locks` is for acts that have locked the days, ended what ran out and served those who wait: as the counters stand.
    """
    rows = _READ.run([array(set(pools)), first, last, now or clock.now(), behind_locks])
    return Reading(_served(rows), member is not None and member.standing != Member.Standing.GOOD)


def read_spans(
    spans: Sequence[Span],
    *,
    member: Member | None = None,
    now: dt.datetime | None = None,
    behind_locks: bool = False,
) -> Reading:
    """`read` of all days from the first to the last of the spans, in their pools."""
    first, last = min(s.first for s in spans), max(s.last for s in spans)
    return read({s.pool_id for s in spans}, first, last, member=member, now=now, behind_locks=behind_locks)


_HOLDS = days.holds(
    "(SELECT first FROM span)",
    "(SELECT last FROM span)",
    run_out="b.held_until <= $4 AND NOT $5",
    where="b.pool_id IN (SELECT id FROM pool) OR b.assortment_id IN (SELECT id FROM pool)",
)

# Who waits in the pools, or in others whose shelves share the SKU places, in the order they joined and as far as they
# can be offered something; and every day of those pools that somebody asks or waits for.
_READ = Prepared(
    "read_days",
    ["uuid[]", "date", "date", "timestamptz", "bool"],
    f"""
WITH asked AS MATERIALIZED (
  SELECT id, assortment_id FROM fulfillment_slotpool WHERE id = ANY($1)
), shown AS MATERIALIZED (
  SELECT id FROM asked UNION SELECT assortment_id FROM asked WHERE assortment_id IS NOT NULL
), waits AS MATERIALIZED (
  SELECT e.pool_id, p.assortment_id, e.slots, greatest(e.skus, 1) AS skus, e.first_day, e.last_day, e.joined_at, e.id
  FROM fulfillment_waitlistentry e
  JOIN fulfillment_slotpool p ON p.id = e.pool_id
  JOIN coop_node n ON n.id = p.node_id
  JOIN coop_member m ON m.id = e.member_id
  WHERE NOT $5 AND e.state = 'waiting' AND m.standing = 'good' AND e.first_day > ($4 AT TIME ZONE n.timezone)::date
    AND e.pool_id IN (
      SELECT id FROM shown UNION SELECT id FROM fulfillment_slotpool WHERE assortment_id IN (SELECT id FROM shown)
    )
), span AS MATERIALIZED (
  SELECT least(min(first_day), $2) AS first, greatest(max(last_day), $3) AS last FROM waits
), pool AS MATERIALIZED (
  SELECT p.id, p.node_id, p.slots AS usual, p.{days.FOLLOWS_HOURS} AS follows_hours, p.opens_at, p.closes_at,
         {days.HAS_HOURS.format(node="p.node_id")} AS has_hours, p.kind = 'assortment' AS is_places,
         n.timezone, ($4 AT TIME ZONE n.timezone)::date AS today, p.id IN (SELECT id FROM shown) AS is_shown
  FROM fulfillment_slotpool p JOIN coop_node n ON n.id = p.node_id
  WHERE p.id IN (SELECT id FROM shown UNION SELECT pool_id FROM waits UNION SELECT assortment_id FROM waits)
), {_HOLDS}
SELECT w.id, g.day, w.is_places, d.id IS NOT NULL, {days.over("g.day", "$4")},
       coalesce(d.closed, usual_day.why <> ''), w.usual,
       coalesce(d.capacity - CASE WHEN d.closed THEN kept.run_out ELSE 0 END, usual_day.capacity), coalesce(d.booked, 0),
       kept.running, kept.run_out,
       coalesce(d.waiting, 0), coalesce(d.note, usual_day.why), coalesce(closed.reason, ''),
       kept.until AT TIME ZONE w.timezone,
       w.is_shown AND g.day BETWEEN $2 AND $3,
       CASE row_number() OVER () WHEN 1 THEN (
         SELECT json_agg(json_build_array(pool_id, assortment_id, slots, skus, first_day, last_day) ORDER BY joined_at, id)
         FROM waits
       ) END
FROM pool w CROSS JOIN span
CROSS JOIN LATERAL (SELECT t::date AS day FROM generate_series(span.first, span.last, '1 day') AS t) AS g
LEFT JOIN fulfillment_poolday d ON d.pool_id = w.id AND d.day = g.day
{days.kept_by_holds("w.id", "g.day")}
LEFT JOIN coop_closure closed ON closed.node_id = w.node_id AND closed.day = g.day
{days.usual("g.day", when="d.id IS NULL")}
WHERE d.id IS NOT NULL OR w.is_shown AND g.day BETWEEN $2 AND $3
ORDER BY w.id, g.day
""",  # noqa: S608 - put together from constants
)


def _served(rows: Sequence[tuple[Any, ...]]) -> dict[Key, DayView]:
    """The days that are shown, with what is left when those who wait have been served."""
    views = [(_view(*row[:-2]), row[-2]) for row in rows]
    waits: list[list[Any]] = next((row[-1] for row in rows if row[-1]), [])
    left = {view.key: view.free for view, _ in views}
    if waits:
        left = left_for_others(left, [days_of(_spans(*wait)) for wait in waits])
    return {view.key: replace(view, left=left[view.key]) for view, is_shown in views if is_shown}


def _view(
    pool_id: UUID, day: dt.date, is_places: bool, is_open: bool, is_over: bool, is_closed: bool, usual: int,
    capacity: int, counted: int, held: int, run_out: int, waiting: int, note: str, closure: str,
    held_until: dt.datetime | None,
) -> DayView:  # fmt: skip
    booked = counted - held - run_out
    return DayView(
        pool_id, day, is_places, is_open, is_over, is_closed, usual, capacity, booked, held, run_out, waiting, note,
        closure, held_until,
    )  # fmt: skip


def _spans(pool: str, places: str | None, slots: int, skus: int, first: str, last: str) -> list[Span]:
    on = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    spans = [Span(UUID(pool), *on, slots)]
    return [*spans, Span(UUID(places), *on, skus)] if places else spans
