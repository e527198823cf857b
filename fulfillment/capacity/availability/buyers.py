"""How far a node lies from a member's buyers, judged by her orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.core.cache import cache
from django.db import connection

from coop.kernel import clock
from coop.nodes.geo import distance_m

Position = tuple[float, float]

LOOK_BACK = dt.timedelta(days=90)
# Where buyers live changes slowly, and a search that is repeated should not count all orders again.
_KEPT_S = 3600

# Buyers who live within a fifth of a degree (some 20 km) stand together, in their common middle.
_PLACES = """
SELECT avg(latitude)::float8, avg(longitude)::float8, count(*)
FROM fulfillment_order
WHERE member_id = %s AND placed_at >= %s AND latitude IS NOT NULL AND state <> 'cancelled'
GROUP BY round(latitude * 5), round(longitude * 5)
"""


def distances(member_id: UUID, nodes: Mapping[UUID, Position]) -> dict[UUID, int]:
    """For each node the median distance (metres, as the crow flies) to the buyers of the member's last 90 days.

    Empty when none of her orders says where it went. At most one query; what was found is kept for an hour.
    """
    key = f"buyers:{member_id}"
    known: dict[UUID, tuple[Position, int]] = cache.get(key, {})
    if any(known.get(node, (None,))[0] != place for node, place in nodes.items()):
        places = _places(member_id)
        if not places:
            return {}
        known = {**known, **{node: (at, _median(at, places)) for node, at in nodes.items()}}
        cache.set(key, known, _KEPT_S)
    return {node: known[node][1] for node in nodes}


def _places(member_id: UUID) -> list[tuple[float, float, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [member_id, clock.now() - LOOK_BACK])
        rows: list[tuple[float, float, int]] = cursor.fetchall()
    return rows


def _median(at: Position, places: Iterable[tuple[float, float, int]]) -> int:
    """The distance within which half of the orders were delivered."""
    ways = sorted((distance_m(*at, latitude, longitude), orders) for latitude, longitude, orders in places)
    half, seen = sum(orders for _, orders in ways) / 2, 0
    for metres, orders in ways:
        seen += orders
        if seen >= half:
            return metres
    raise ValueError("no places")
