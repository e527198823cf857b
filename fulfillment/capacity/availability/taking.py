"""Booking in one statement: the counters move and the bookings are written, or neither.

It is sent once and answered once, so nobody's process stands between the locks on the days and their release; that is
what many clients at once would otherwise wait for.
"""

from __future__ import annotations

from collections.abc import Sequence

from coop.kernel.prepared import Prepared, array
from coop.runtime import failpoints
from fulfillment.capacity.availability.counters import Span, days_of
from fulfillment.capacity.models import Booking

failpoints.declare("fulfillment.capacity.before_taking", "fulfillment.capacity.taken")

# The days are locked in key order, as everywhere; the bookings are written behind the locks.
_TAKE = Prepared(
    "take_slots",
    [
        "uuid[]", "date[]", "date[]", "int[]", "int", "bool",
        "uuid[]", "uuid[]", "uuid[]", "uuid[]", "uuid[]", "int[]", "int[]", "date[]", "date[]",
        "text", "timestamptz", "uuid", "timestamptz",
    ],
    """
WITH locked AS (
  SELECT d.id, d.capacity - d.booked AS free, d.waiting, span.slots
  FROM unnest($1, $2, $3, $4) AS span (pool_id, first, last, slots)
  JOIN fulfillment_poolday d ON d.pool_id = span.pool_id AND d.day BETWEEN span.first AND span.last
  ORDER BY d.id FOR UPDATE OF d
), wanted AS MATERIALIZED (
  SELECT id, sum(slots)::int AS slots, min(free) AS free, max(waiting) AS waiting FROM locked GROUP BY id
), fits AS MATERIALIZED (
  SELECT 1 FROM wanted HAVING count(*) = $5 AND bool_and(slots <= free) AND ($6 OR max(waiting) = 0)
), made AS (
  INSERT INTO fulfillment_booking (id, member_id, pool_id, group_id, assortment_id, slots, skus, first_day, last_day,
                                   state, held_until, booked_by_id, booked_at, reason, changes)
  SELECT b.id, b.member_id, b.pool_id, b.group_id, b.assortment_id, b.slots, b.skus, b.first_day, b.last_day,
         $16, $17, $18, $19, '', 0
  FROM fits, unnest($7, $8, $9, $10, $11, $12, $13, $14, $15)
    AS b (id, member_id, pool_id, group_id, assortment_id, slots, skus, first_day, last_day)
  RETURNING 1
), moved AS (
  UPDATE fulfillment_poolday d SET booked = d.booked + wanted.slots FROM wanted, fits WHERE d.id = wanted.id
  RETURNING 1
)
SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM made)
""",
)  # fmt: skip


def take(bookings: Sequence[Booking], spans: Sequence[Span], *, past_list: bool) -> bool:
    """Write the new bookings and move the counters of their spans, all or none. Says whether.

    Not when a day is not open, has fewer free slots than are taken from it, or when somebody waits for it (`past_list`
    goes past them). The bookings share state, end of the hold, moment and person.
    """
    failpoints.reach("fulfillment.capacity.before_taking")
    one = bookings[0]
    days = _count_days(spans)
    [(moved, made)] = _TAKE.run(
        [
            array(s.pool_id for s in spans), array(s.first for s in spans), array(s.last for s in spans),
            array(s.slots for s in spans), days, past_list,
            array(b.pk for b in bookings), array(b.member_id for b in bookings), array(b.pool_id for b in bookings),
            array(b.group_id for b in bookings), array(b.assortment_id for b in bookings),
            array(b.slots for b in bookings), array(b.skus for b in bookings),
            array(b.first_day for b in bookings), array(b.last_day for b in bookings),
            one.state, one.held_until, one.booked_by_id, one.booked_at,
        ]
    )  # fmt: skip
    failpoints.reach("fulfillment.capacity.taken")
    if made:
        for booking in bookings:
            booking._state.adding, booking._state.db = False, "default"
    return bool(made and moved == days)


def _count_days(spans: Sequence[Span]) -> int:
    """How many rows the spans touch; days that two of them share count once."""
    if len({span.pool_id for span in spans}) == len(spans):
        return sum((span.last - span.first).days + 1 for span in spans)
    return len(days_of(spans))
