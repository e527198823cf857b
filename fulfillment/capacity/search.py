"""Where slots are free on every day of a range: one row for each pool of every open node, as booking a room shows it.

What is shown free can be booked at that moment: holds that ran out count as free, days that nobody has opened yet have
what opening them would give, and what is set aside for those who wait is not free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.nodes.geo import distance_m
from fulfillment.capacity import buyers, waitlisted
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
    rows = _behind_the_list(_rows(kind, storage_class, first, last, slots, places), first, last, slots)
    ways = _ways({row.node_id: (row.latitude, row.longitude) for row in rows}, member_id, near)
    return sorted((_offer(row, places, ways.get(row.node_id)) for row in rows), key=_rank)


# Days are read pool by pool along their index: a plan over all days of a year would read them all.
_FIND = """
WITH pool AS MATERIALIZED (
  SELECT p.id, p.kind, p.name, p.storage_class, p.slots, p.opens_at, p.closes_at, p.equipment, p.assortment_id,
         n.id AS node_id, n.slug, n.name AS node, n.city, n.tier, n.timezone,
         n.latitude::float8 AS latitude, n.longitude::float8 AS longitude
  FROM fulfillment_slotpool p JOIN coop_node n ON n.id = p.node_id
  WHERE n.is_open AND p.kind = %(kind)s AND (%(class)s = '' OR p.storage_class = %(class)s)
), over AS MATERIALIZED (
  SELECT b.pool_id, b.assortment_id, b.slots, b.skus, b.first_day, b.last_day
  FROM fulfillment_booking b
  WHERE b.state = 'held' AND b.held_until <= %(now)s AND b.first_day <= %(last)s AND b.last_day >= %(first)s
), wanted AS MATERIALIZED (
  SELECT id, node_id, slots AS usual, %(slots)s::int AS need, opens_at, closes_at,
         kind IN ('dock', 'picks', 'table') AS follows_hours, (%(now)s AT TIME ZONE timezone)::date AS today,
         id IN (SELECT pool_id FROM over) AS over
  FROM pool
  UNION ALL
  SELECT a.id, a.node_id, a.slots, %(places)s::int, NULL, NULL, false, NULL, a.id IN (SELECT assortment_id FROM over)
  FROM fulfillment_slotpool a WHERE a.id IN (SELECT assortment_id FROM pool)
), opened AS MATERIALIZED (
  SELECT w.id, d.*
  FROM wanted w
  CROSS JOIN LATERAL (
    SELECT count(*) AS days, min(x.free) AS free, bool_or(x.waiting > 0) AS waited,
           array_agg(x.day) FILTER (WHERE x.free < w.need OR x.day < w.today) AS short
    FROM (
      SELECT y.day, y.waiting, y.capacity - y.booked + CASE WHEN w.over THEN coalesce((
               SELECT sum(CASE o.pool_id WHEN w.id THEN o.slots ELSE o.skus END) FROM over o
               WHERE w.id IN (o.pool_id, o.assortment_id) AND y.day BETWEEN o.first_day AND o.last_day
             ), 0)::int ELSE 0 END AS free
      FROM fulfillment_poolday y WHERE y.pool_id = w.id AND y.day BETWEEN %(first)s AND %(last)s
    ) x
  ) d
), unopened AS (
  SELECT w.id, min(d.free) AS free, array_agg(d.day) FILTER (WHERE d.free < w.need OR d.day < w.today) AS short
  FROM wanted w JOIN opened o ON o.id = w.id AND o.days < %(days)s
  CROSS JOIN LATERAL (
    SELECT g::date AS day, CASE WHEN w.follows_hours AND (
             EXISTS (SELECT FROM coop_closure c WHERE c.node_id = w.node_id AND c.day = g::date)
             OR EXISTS (SELECT FROM coop_openinghours h WHERE h.node_id = w.node_id)
                AND NOT EXISTS (SELECT FROM coop_openinghours h
                                WHERE h.node_id = w.node_id AND h.weekday = extract(isodow FROM g) - 1
                                  AND (w.opens_at IS NULL OR w.closes_at > h.opens AND w.opens_at < h.closes))
           ) THEN 0 ELSE w.usual END AS free
    FROM generate_series(%(first)s::date, %(last)s::date, '1 day') g
    WHERE NOT EXISTS (SELECT FROM fulfillment_poolday y WHERE y.pool_id = w.id AND y.day = g::date)
  ) d
  GROUP BY w.id
), found AS (
  SELECT o.id, least(o.free, u.free) AS free, o.short || u.short AS short, coalesce(o.waited, false) AS waited
  FROM opened o LEFT JOIN unopened u ON u.id = o.id
)
SELECT p.id, p.kind, p.name, p.storage_class, p.opens_at, p.closes_at, p.equipment, p.node_id, p.slug, p.node, p.city,
       p.tier, p.timezone, p.latitude, p.longitude, p.assortment_id, f.free, f.short, a.free,
       f.waited OR coalesce(a.waited, false)
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
    assortment_id: UUID | None
    free: int
    short: list[dt.date] | None
    places: int | None
    waited: bool


def _rows(
    kind: str, storage_class: str, first: dt.date, last: dt.date, slots: int, places: int
) -> list[_Row]:
    asked: dict[str, Any] = {
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


def _behind_the_list(rows: Sequence[_Row], first: dt.date, last: dt.date, slots: int) -> list[_Row]:
    """The rows as somebody sees them who comes after everybody on the waiting list."""
    waited = [row for row in rows if row.waited]
    if not waited:
        return list(rows)
    left = waitlisted.left_over({row.pool_id: row.assortment_id for row in waited}, first, last)
    return [_less(row, left, slots) if row.waited else row for row in rows]


def _less(row: _Row, left: Mapping[tuple[UUID, dt.date], int], slots: int) -> _Row:
    days = {day: n for (pool, day), n in left.items() if pool == row.pool_id}
    places = [n for (pool, _), n in left.items() if pool == row.assortment_id]
    return row._replace(
        free=min([row.free, *days.values()]),
        short=[*{*(row.short or ()), *(day for day, n in days.items() if n < slots)}],
        places=None if row.places is None else min([row.places, *places]),
    )


def _offer(row: _Row, places: int, metres: int | None) -> Offer:
    return Offer(
        pool_id=row.pool_id,
        kind=row.kind,
        label=_label(row.kind, row.name, row.storage_class, row.opens_at, row.closes_at),
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


@lru_cache(maxsize=1024)
def _label(
    kind: str, name: str, storage_class: str, opens_at: dt.time | None, closes_at: dt.time | None
) -> str:
    """The words of a pool; most nodes call theirs alike."""
    return SlotPool(
        kind=kind, name=name, storage_class=storage_class, opens_at=opens_at, closes_at=closes_at
    ).label


def _ways(nodes: Mapping[UUID, Place], member_id: UUID | None, near: Place | None) -> Mapping[UUID, int]:
    """The way (metres) from each node to the place asked for, or else to her buyers."""
    if near is not None:
        return {node: distance_m(*at, *near) for node, at in nodes.items()}
    return {} if member_id is None else buyers.distances(member_id, nodes)


def _rank(offer: Offer) -> tuple[bool, float, str, str]:
    metres = float("inf") if offer.distance_m is None else offer.distance_m
    return (not offer.fits, metres, offer.node_name, offer.label)
