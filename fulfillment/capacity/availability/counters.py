"""The counters of booked slots, and the one statement that moves them.

Whoever takes or gives back slots names every span at once; the rows are locked in key order, looked at, and moved
together or not at all. So two acts that touch the same days never wait for each other crosswise.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from coop.kernel import clock
from coop.kernel.locks import lock_rows
from fulfillment.capacity.models import PoolDay

# A counter: a pool and a day.
Key = tuple[UUID, dt.date]


@dataclass(frozen=True, slots=True)
class Span:
    """So many slots more (or fewer, below zero) of a pool on each day from `first` to `last`, both included."""

    pool_id: UUID
    first: dt.date
    last: dt.date
    slots: int


_MOVE = """
WITH span AS (
  SELECT * FROM unnest(%s::uuid[], %s::date[], %s::date[], %s::int[]) AS s (pool_id, first, last, slots)
), locked AS (
  SELECT d.id, d.booked, d.capacity, span.slots
  FROM span JOIN fulfillment_poolday d ON d.pool_id = span.pool_id AND d.day BETWEEN span.first AND span.last
  ORDER BY d.id FOR UPDATE OF d
), wanted AS (
  SELECT id, sum(slots)::int AS slots, min(capacity - booked) AS free FROM locked GROUP BY id
), moved AS (
  UPDATE fulfillment_poolday d
  SET booked = d.booked + wanted.slots,
      capacity = CASE WHEN d.closed AND wanted.slots < 0 THEN d.booked + wanted.slots ELSE d.capacity END
  FROM wanted
  WHERE d.id = wanted.id
    AND (SELECT count(*) FROM wanted) = %s
    AND NOT EXISTS (SELECT FROM wanted w WHERE w.slots > 0 AND w.slots > w.free)
  RETURNING 1
)
SELECT count(*) FROM moved
"""


def move(spans: Sequence[Span]) -> bool:
    """Move the counters of every day of every span, or of none. Says whether they moved.

    They do not when a day is not open, or has fewer free slots than are taken from it. Who takes some has seen to the
    waiting list first. What is given back of a day on which the node does not work is nobody else's. One statement; it
    locks the days in key order either way. Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("slots are moved in the transaction of their booking")
    expected = len(days_of(spans))
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            [
                [s.pool_id for s in spans],
                [s.first for s in spans],
                [s.last for s in spans],
                [s.slots for s in spans],
                expected,
            ],
        )
        [(moved,)] = cursor.fetchall()
    return bool(moved == expected)


def count_waiting(spans: Sequence[Span], by: int) -> None:
    """`by` more (or fewer, below zero) wait for each day of each span; the days are locked by the caller."""
    days = days_of([Span(s.pool_id, s.first, s.last, by) for s in spans])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_poolday d SET waiting = d.waiting + s.n
            FROM unnest(%s::uuid[], %s::date[], %s::int[]) AS s (pool_id, day, n)
            WHERE d.pool_id = s.pool_id AND d.day = s.day
            """,
            [[pool for pool, _ in days], [day for _, day in days], list(days.values())],
        )


def lock_days(spans: Iterable[Span]) -> list[PoolDay]:
    """The open days of all spans, locked in key order. For acts that must look at more than they take."""
    where = Q(pk__in=[])
    for pool_id, first, last in _joined(spans):
        where |= Q(pool_id=pool_id, day__range=(first, last))
    return lock_rows(PoolDay.objects.filter(where))


def days_of(spans: Iterable[Span]) -> dict[Key, int]:
    """What is asked of each day of each pool."""
    asked: dict[Key, int] = defaultdict(int)
    for span in spans:
        for day in clock.days_between(span.first, span.last):
            asked[span.pool_id, day] += span.slots
    return asked


def runs(days: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Unbroken runs of days, as first and last."""
    found: list[tuple[dt.date, dt.date]] = []
    for day in sorted(days):
        if found and (day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _joined(spans: Iterable[Span]) -> list[tuple[UUID, dt.date, dt.date]]:
    """The spans' days as few ranges that do not overlap."""
    found: list[tuple[UUID, dt.date, dt.date]] = []
    for pool_id, first, last in sorted({(s.pool_id, s.first, s.last) for s in spans}):
        if found and found[-1][0] == pool_id and first <= found[-1][2] + dt.timedelta(days=1):
            found[-1] = (pool_id, found[-1][1], max(last, found[-1][2]))
        else:
            found.append((pool_id, first, last))
    return found
