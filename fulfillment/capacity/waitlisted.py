"""What is left for a newcomer when everybody on the waiting list whose ask fits has been served."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from fulfillment.capacity.counters import Span, days_of
from fulfillment.capacity.queueing import left_for_others

Left = dict[tuple[UUID, dt.date], int]

# Who waits in these pools, or in others whose shelves share the SKU places of the node, in the order they joined and as
# far as they can be offered something; and all days of those pools, with what holds that ran out give back.
_LOOK = """
WITH near AS MATERIALIZED (
  SELECT id, assortment_id FROM fulfillment_slotpool
  WHERE id = ANY(%(pools)s::uuid[]) OR assortment_id = ANY(%(places)s::uuid[])
), waits AS MATERIALIZED (
  SELECT e.pool_id, near.assortment_id, e.slots, e.skus, e.first_day, e.last_day, e.joined_at, e.id
  FROM fulfillment_waitlistentry e
  JOIN near ON near.id = e.pool_id
  JOIN fulfillment_slotpool p ON p.id = e.pool_id
  JOIN coop_node n ON n.id = p.node_id
  JOIN coop_member m ON m.id = e.member_id
  WHERE e.state = 'waiting' AND m.standing = 'good' AND e.first_day > (%(now)s AT TIME ZONE n.timezone)::date
), span AS (
  SELECT least(min(first_day), %(first)s::date) AS first, greatest(max(last_day), %(last)s::date) AS last FROM waits
), over AS MATERIALIZED (
  SELECT b.pool_id, b.assortment_id, b.slots, b.skus, b.first_day, b.last_day FROM fulfillment_booking b
  JOIN near ON near.id = b.pool_id
  WHERE b.state = 'held' AND b.held_until <= %(now)s
)
SELECT (SELECT json_agg(json_build_array(pool_id, assortment_id, slots, skus, first_day, last_day) ORDER BY joined_at, id)
        FROM waits),
       (SELECT json_agg(json_build_array(d.pool_id, d.day, d.capacity - d.booked + coalesce((
                 SELECT sum(CASE o.pool_id WHEN d.pool_id THEN o.slots ELSE o.skus END) FROM over o
                 WHERE d.pool_id IN (o.pool_id, o.assortment_id) AND d.day BETWEEN o.first_day AND o.last_day), 0)))
        FROM fulfillment_poolday d, span
        WHERE d.pool_id IN (SELECT id FROM near UNION SELECT assortment_id FROM near)
          AND d.day BETWEEN span.first AND span.last)
"""


def left_over(pools: Mapping[UUID, UUID | None], first: dt.date, last: dt.date) -> Left:
    """For each pool (and its SKU places): what remains on each open day of the range. One query.

    `pools` names the SKU places of each pool, None where there are none.
    """
    told: dict[str, Any] = {
        "pools": list(pools),
        "places": [place for place in pools.values() if place],
        "first": first,
        "last": last,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, told)
        [(waits, days)] = cursor.fetchall()
    free = {(UUID(pool), dt.date.fromisoformat(day)): n for pool, day, n in days or ()}
    left = left_for_others(free, [days_of(_spans(*wait)) for wait in waits or ()])
    return {key: n for key, n in left.items() if first <= key[1] <= last}


def _spans(pool: str, places: str | None, slots: int, skus: int, first: str, last: str) -> list[Span]:
    days = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    spans = [Span(UUID(pool), *days, slots)]
    return [*spans, Span(UUID(places), *days, skus)] if places else spans
