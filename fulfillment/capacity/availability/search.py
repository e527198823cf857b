"""Where slots are free on every day of a range: one row for each pool of every open node, as booking a room shows it.

The same reading as everywhere, but only the worst day of each pool leaves the database.
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
from coop.models import Member
from coop.nodes.geo import distance_m
from fulfillment.capacity.availability import buyers, days
from fulfillment.capacity.availability.asks import Ask
from fulfillment.capacity.availability.opening import day_range
from fulfillment.capacity.availability.reading import DayView, Reading, read
from fulfillment.capacity.models import SlotPool

Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for anywhere: so many slots of a kind (and storage class, unless empty) on each day of a range."""

    kind: str
    storage_class: str
    first_day: dt.date
    last_day: dt.date
    slots: int
    skus: int = 0

    @property
    def places(self) -> int:
        """How many SKU places it takes along."""
        return max(1, self.skus) if self.kind == SlotPool.Kind.SHELF else 0


def wish_of(ask: Ask) -> Wish:
    """The same as what is asked of one pool, of any."""
    return Wish(ask.pool.kind, ask.pool.storage_class, ask.first_day, ask.last_day, ask.slots, ask.skus)


@dataclass(frozen=True, slots=True)
class Hit:
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
    is_barred: bool = False

    @property
    def fits(self) -> bool:
        """Whether all that was asked can be booked here, now."""
        return not self.short and self.has_places and not self.is_barred


def find(wish: Wish, *, member: Member | None = None, near: Position | None = None) -> list[Hit]:
    """Every pool of the kind that is wished for at an open node: those that fit first, then the nearest.

    For `member`, or for any in good standing. At most 3 queries, however many nodes and days. Raises Invalid for days
    out of order or too many, and for less than one slot.
    """
    if wish.slots < 1:
        raise Invalid("Look for at least one slot.", code="slots_zero", field="slots")
    rows = _behind_the_list(_rows(wish), wish)
    ways = _ways({row.node_id: (row.latitude, row.longitude) for row in rows}, member, near)
    is_barred = member is not None and member.standing != Member.Standing.GOOD
    return sorted((_hit(row, wish.places, ways.get(row.node_id), is_barred) for row in rows), key=_rank)


def nearest_that_fits(ask: Ask) -> Hit | None:
    """Where else all of it can be booked at this moment, the nearest first. At most 2 queries."""
    here = ask.pool.node
    hits = find(wish_of(ask), near=(float(here.latitude), float(here.longitude)))
    return next((hit for hit in hits if hit.fits and hit.pool_id != ask.pool.pk), None)


def short_days(hits: Sequence[Hit]) -> dict[UUID, list[DayView]]:
    """The days of these hits that lack some, with what stands in the way. One query, none when nothing is lacking."""
    lacking = {hit.pool_id: set(hit.short) for hit in hits if hit.short}
    if not lacking:
        return {}
    named = [day for days_short in lacking.values() for day in days_short]
    reading = read(lacking, min(named), max(named))
    return {pool: [view for view in reading.of(pool) if view.day in short] for pool, short in lacking.items()}


# Days are read pool by pool along their index: a plan over all days of a year would read them all.
_FIND = f"""
WITH pool AS MATERIALIZED (
  SELECT p.id, p.kind, p.name, p.storage_class, p.slots, p.opens_at, p.closes_at, p.equipment, p.assortment_id,
         n.id AS node_id, n.slug, n.name AS node, n.city, n.tier, n.timezone,
         n.latitude::float8 AS latitude, n.longitude::float8 AS longitude
  FROM fulfillment_slotpool p JOIN coop_node n ON n.id = p.node_id
  WHERE n.is_open AND p.kind = %(kind)s AND (%(class)s = '' OR p.storage_class = %(class)s)
), {days.holds("%(first)s", "%(last)s", where="b.held_until <= %(now)s")},
wanted AS MATERIALIZED (
  SELECT id, node_id, slots AS usual, %(slots)s::int AS need, opens_at, closes_at, {days.FOLLOWS_HOURS} AS follows_hours,
         timezone, (%(now)s AT TIME ZONE timezone)::date AS today, id IN (SELECT pool_id FROM holds) AS has_run_out
  FROM pool
  UNION ALL
  SELECT a.id, a.node_id, a.slots, %(places)s::int, NULL, NULL, false, NULL, NULL, a.id IN (SELECT assortment_id FROM holds)
  FROM fulfillment_slotpool a WHERE a.id IN (SELECT assortment_id FROM pool)
), opened AS MATERIALIZED (
  SELECT w.*, d.*
  FROM wanted w
  CROSS JOIN LATERAL (
    SELECT count(*) AS days, min(x.free) AS free, bool_or(x.waiting > 0) AS waited,
           array_agg(x.day) FILTER (WHERE x.free < w.need OR {days.over("x.day", "%(now)s")}) AS short
    FROM (
      SELECT y.day, y.waiting, y.capacity - y.booked
             + CASE WHEN w.has_run_out AND NOT y.closed THEN (SELECT kept.run_out FROM (VALUES (1)) one {days.kept_by_holds("w.id", "y.day")}) ELSE 0 END AS free
      FROM fulfillment_poolday y WHERE y.pool_id = w.id AND y.day BETWEEN %(first)s AND %(last)s
    ) x
  ) d
), gaps AS MATERIALIZED (
  SELECT opened.*, {days.HAS_HOURS.format(node="opened.node_id")} AS has_hours FROM opened WHERE days < %(days)s
), unopened AS (
  SELECT w.id, min(usual_day.capacity) AS free,
         array_agg(g.day) FILTER (WHERE usual_day.capacity < w.need OR {days.over("g.day", "%(now)s")}) AS short
  FROM gaps w
  CROSS JOIN LATERAL (
    SELECT t::date AS day FROM generate_series(%(first)s::date, %(last)s::date, '1 day') AS t
    WHERE NOT EXISTS (SELECT FROM fulfillment_poolday y WHERE y.pool_id = w.id AND y.day = t::date)
  ) AS g
  {days.usual("g.day")}
  GROUP BY w.id
), found AS (
  SELECT o.id, least(o.free, u.free) AS free, o.short || u.short AS short, coalesce(o.waited, false) AS waited
  FROM opened o LEFT JOIN unopened u ON u.id = o.id
)
SELECT p.id, p.kind, p.name, p.storage_class, p.opens_at, p.closes_at, p.equipment, p.node_id, p.slug, p.node, p.city,
       p.tier, p.timezone, p.latitude, p.longitude, p.assortment_id, f.free, f.short, a.free,
       f.waited OR coalesce(a.waited, false)
FROM pool p JOIN found f ON f.id = p.id LEFT JOIN found a ON a.id = p.assortment_id
"""  # noqa: S608 - put together from constants


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


def _rows(wish: Wish) -> list[_Row]:
    asked: dict[str, Any] = {
        "kind": wish.kind,
        "class": wish.storage_class,
        "first": wish.first_day,
        "last": wish.last_day,
        "days": len(day_range(wish.first_day, wish.last_day)),
        "slots": wish.slots,
        "places": wish.places,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, asked)
        return [_Row(*row) for row in cursor.fetchall()]


def _behind_the_list(rows: Sequence[_Row], wish: Wish) -> list[_Row]:
    """The rows as somebody sees them who comes after everybody on the waiting list."""
    waited = [row.pool_id for row in rows if row.waited]
    if not waited:
        return list(rows)
    left = read(waited, wish.first_day, wish.last_day)
    return [_less(row, left, wish.slots) if row.waited else row for row in rows]


def _less(row: _Row, left: Reading, slots: int) -> _Row:
    views = left.of(row.pool_id)
    return row._replace(
        free=min(view.left for view in views),
        short=[view.day for view in views if view.why_not(slots)],
        places=min((view.left for view in left.of(row.assortment_id)), default=None)
        if row.assortment_id
        else None,
    )


def _hit(row: _Row, places: int, metres: int | None, is_barred: bool) -> Hit:
    return Hit(
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
        is_barred=is_barred,
    )


@lru_cache(maxsize=1024)
def _label(
    kind: str, name: str, storage_class: str, opens_at: dt.time | None, closes_at: dt.time | None
) -> str:
    """The words of a pool; most nodes call theirs alike."""
    return SlotPool(
        kind=kind, name=name, storage_class=storage_class, opens_at=opens_at, closes_at=closes_at
    ).label


def _ways(nodes: Mapping[UUID, Position], member: Member | None, near: Position | None) -> Mapping[UUID, int]:
    """The way (metres) from each node to the place asked for, or else to her buyers."""
    if near is not None:
        return {node: distance_m(*at, *near) for node, at in nodes.items()}
    return {} if member is None else buyers.distances(member.pk, nodes)


def _rank(hit: Hit) -> tuple[bool, float, str, str]:
    metres = float("inf") if hit.distance_m is None else hit.distance_m
    return (not hit.fits, metres, hit.node_name, hit.label)
