"""Where slots are free on every day of a range: one row for each pool of every open node, as booking a room shows it.

What is shown free can be booked at that moment: holds that ran out count as free, days that nobody has opened yet have
what opening them would give, and what is set aside for those who wait is not free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from coop import clock
from coop.errors import Invalid
from coop.nodes.geo import distance_m
from fulfillment.capacity import buyers
from fulfillment.capacity.models import SlotPool
from fulfillment.capacity.services.pools import day_range

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Offer:
    """What one pool has for an ask. `free` slots on the worst day; `short`: the days that lack some.

    `places` is how many more SKUs the node may hold on the worst day (None: as many as you like) and `has_places`
    whether those asked for fit. `distance_m` is to the place asked for, or the median to her buyers; None when
    neither is known.
    """

    pool_id: UUID
    kind: str
    label: str
    storage_class: str
    opens_at: dt.time | None
    closes_at: dt.time | None
    equipment: str
    node_id: UUID
    node_slug: str
    node_name: str
    city: str
    tier: str
    timezone: str
    latitude: float
    longitude: float
    free: int
    short: tuple[dt.date, ...]
    places: int | None
    has_places: bool
    distance_m: int | None

    @property
    def fits(self) -> bool:
        """Whether all that was asked can be booked here, now."""
        return not self.short and self.has_places


def find(
    *,
    kind: str,
    storage_class: str,
    first: dt.date,
    last: dt.date,
    slots: int,
    skus: int,
    member_id: UUID | None = None,
    near: Place | None = None,
) -> list[Offer]:
    """Every pool of that kind (and storage class, unless empty) at an open node: those that fit first, then the nearest.

    At most 3 queries, however many nodes and days. Raises Invalid for days out of order or too many, and for less
    than one slot.
    """
    if slots < 1:
        raise Invalid("Look for at least one slot.", code="slots_zero", field="slots")
    places = max(1, skus) if kind == SlotPool.Kind.SHELF else 0
    rows = _rows(kind, storage_class, first, last, slots, places)
    ways = _ways({row.node_id: (row.latitude, row.longitude) for row in rows}, member_id, near)
    return sorted((_offer(row, places, ways.get(row.node_id)) for row in rows), key=_rank)


_FIND = """
WITH pool AS (
  SELECT p.id, p.kind, p.name, p.storage_class, p.slots, p.opens_at, p.closes_at, p.equipment, p.assortment_id,
         n.id AS node_id, n.slug, n.name AS node, n.city, n.tier, n.timezone,
         n.latitude::float8 AS latitude, n.longitude::float8 AS longitude
  FROM fulfillment_slotpool p JOIN coop_node n ON n.id = p.node_id
  WHERE n.is_open AND p.kind = %(kind)s AND (%(class)s = '' OR p.storage_class = %(class)s)
), wanted AS MATERIALIZED (
  SELECT id, node_id, slots AS usual, %(slots)s::int AS need, kind IN ('dock', 'picks', 'table') AS follows_hours,
         (%(now)s AT TIME ZONE timezone)::date AS today
  FROM pool
  UNION ALL
  SELECT a.id, a.node_id, a.slots, %(places)s::int, false, NULL
  FROM fulfillment_slotpool a WHERE a.id IN (SELECT assortment_id FROM pool)
), run_out AS MATERIALIZED (
  SELECT t.pool_id, d::date AS day, sum(t.slots)::int AS slots
  FROM (
    SELECT pool_id, slots, first_day, last_day FROM fulfillment_booking
    WHERE state = 'held' AND held_until <= %(now)s AND first_day <= %(last)s AND last_day >= %(first)s
    UNION ALL
    SELECT assortment_id, skus, first_day, last_day FROM fulfillment_booking
    WHERE state = 'held' AND held_until <= %(now)s AND first_day <= %(last)s AND last_day >= %(first)s
      AND assortment_id IS NOT NULL
  ) t
  CROSS JOIN LATERAL generate_series(greatest(t.first_day, %(first)s::date), least(t.last_day, %(last)s::date), '1 day') d
  GROUP BY 1, 2
), opened AS MATERIALIZED (
  SELECT w.id, count(*) AS days, min(d.free) AS free, array_agg(d.day ORDER BY d.day) FILTER (WHERE d.short) AS short
  FROM wanted w
  CROSS JOIN LATERAL (
    SELECT x.day, x.capacity - x.booked + coalesce(r.slots, 0) AS free,
           x.capacity - x.booked + coalesce(r.slots, 0) < w.need OR x.day < w.today AS short
    FROM fulfillment_poolday x LEFT JOIN run_out r ON r.pool_id = x.pool_id AND r.day = x.day
    WHERE x.pool_id = w.id AND x.day BETWEEN %(first)s AND %(last)s
  ) d
  GROUP BY w.id
), unopened AS (
  SELECT w.id, min(d.free) AS free,
         array_agg(d.day ORDER BY d.day) FILTER (WHERE d.free < w.need OR d.day < w.today) AS short
  FROM wanted w LEFT JOIN opened o ON o.id = w.id
  CROSS JOIN LATERAL (
    SELECT g::date AS day, CASE WHEN w.follows_hours AND (
             EXISTS (SELECT FROM coop_closure c WHERE c.node_id = w.node_id AND c.day = g::date)
             OR EXISTS (SELECT FROM coop_openinghours h WHERE h.node_id = w.node_id)
                AND NOT EXISTS (SELECT FROM coop_openinghours h
                                WHERE h.node_id = w.node_id AND h.weekday = extract(isodow FROM g) - 1)
           ) THEN 0 ELSE w.usual END AS free
    FROM generate_series(%(first)s::date, %(last)s::date, '1 day') g
    WHERE NOT EXISTS (SELECT FROM fulfillment_poolday x WHERE x.pool_id = w.id AND x.day = g::date)
  ) d
  WHERE coalesce(o.days, 0) < %(days)s
  GROUP BY w.id
), found AS (
  SELECT id, least(o.free, u.free) AS free, o.short || u.short AS short
  FROM opened o FULL JOIN unopened u USING (id)
)
SELECT p.id, p.kind, p.name, p.storage_class, p.opens_at, p.closes_at, p.equipment, p.node_id, p.slug, p.node, p.city,
       p.tier, p.timezone, p.latitude, p.longitude, f.free, f.short, a.free
FROM pool p JOIN found f ON f.id = p.id LEFT JOIN found a ON a.id = p.assortment_id
"""


class _Row(NamedTuple):
    pool_id: UUID
    kind: str
    name: str
    storage_class: str
    opens_at: dt.time | None
    closes_at: dt.time | None
    equipment: str
    node_id: UUID
    slug: str
    node: str
    city: str
    tier: str
    timezone: str
    latitude: float
    longitude: float
    free: int
    short: list[dt.date] | None
    places: int | None


def _rows(
    kind: str, storage_class: str, first: dt.date, last: dt.date, slots: int, places: int
) -> list[_Row]:
    asked = {
        "kind": kind,
        "class": storage_class,
        "first": first,
        "last": last,
        "days": len(day_range(first, last)),
        "slots": slots,
        "places": places,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, asked)
        return [_Row(*row) for row in cursor.fetchall()]


def _offer(row: _Row, places: int, metres: int | None) -> Offer:
    pool = SlotPool(
        kind=row.kind,
        name=row.name,
        storage_class=row.storage_class,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
    )
    return Offer(
        pool_id=row.pool_id,
        kind=row.kind,
        label=pool.label,
        storage_class=row.storage_class,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        equipment=row.equipment,
        node_id=row.node_id,
        node_slug=row.slug,
        node_name=row.node,
        city=row.city,
        tier=row.tier,
        timezone=row.timezone,
        latitude=row.latitude,
        longitude=row.longitude,
        free=row.free,
        short=tuple(sorted(row.short or ())),
        places=row.places,
        has_places=row.places is None or row.places >= places,
        distance_m=metres,
    )


def _ways(nodes: Mapping[UUID, Place], member_id: UUID | None, near: Place | None) -> Mapping[UUID, int]:
    """The way (metres) from each node to the place asked for, or else to her buyers."""
    if near is not None:
        return {node: distance_m(*at, *near) for node, at in nodes.items()}
    return {} if member_id is None else buyers.distances(member_id, nodes)


def _rank(offer: Offer) -> tuple[bool, float, str, str]:
    metres = float("inf") if offer.distance_m is None else offer.distance_m
    return (not offer.fits, metres, offer.node_name, offer.label)
