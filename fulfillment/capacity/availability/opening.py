"""Opening days for booking: what they offer follows the pool's usual slots and the hours of its node."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from fulfillment.capacity.availability import days
from fulfillment.capacity.availability.asks import Ask
from fulfillment.capacity.availability.counters import Key, Span
from fulfillment.capacity.models import PoolDay, SlotPool

LONGEST_DAYS = 400
# Nobody knows what a node offers after that; and a calendar ends somewhere.
FURTHEST_DAYS = 2 * 365


@dataclass(frozen=True, slots=True)
class Usual:
    """What a day offers when nobody says otherwise; `why` the node does not work then, empty when it does."""

    slots: int
    why: str


@act
def open_days(*, pool: SlotPool, first: dt.date, last: dt.date) -> int:
    """Make the days from `first` to `last` bookable with the pool's usual slots; open days stay as they are.

    Docks, picks and tables offer nothing on days the node does not work, with the reason. Returns how many days were
    missing. Raises Invalid for days out of order or more than LONGEST_DAYS of them.
    """
    day_range(first, last)
    return open_spans([Span(pool.pk, first, last, 0)])


def open_asked(asks: Iterable[Ask]) -> None:
    """Open the days that are asked for, if they are not, in the caller's transaction."""
    pools = [(pk, ask) for ask in asks for pk in (ask.pool.pk, ask.pool.assortment_id) if pk is not None]
    open_spans([Span(pk, ask.first_day, ask.last_day, 0) for pk, ask in pools])


def open_spans(spans: Sequence[Span]) -> int:
    """Open every day of the spans that is not. Who opens the same waits in key order, never crosswise."""
    missing = usual_days(spans, unopened=True)
    PoolDay.objects.bulk_create(
        [
            PoolDay(pool_id=pool, day=day, capacity=usual.slots, note=usual.why[:120], closed=bool(usual.why))
            for (pool, day), usual in missing.items()
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    return len(missing)


def usual_days(spans: Sequence[Span], *, unopened: bool = False) -> dict[Key, Usual]:
    """What every day of the spans offers by itself, in key order; with `unopened` only of days that are not open. One query."""
    told: dict[str, Any] = {
        "pools": [span.pool_id for span in spans],
        "firsts": [span.first for span in spans],
        "lasts": [span.last for span in spans],
        "unopened": unopened,
    }
    with connection.cursor() as cursor:
        cursor.execute(_USUAL, told)
        return {(pool, day): Usual(slots, why) for pool, day, slots, why in cursor.fetchall()}


def is_too_far(day: dt.date) -> bool:
    """Whether a day lies beyond what anybody may plan for."""
    return (day - clock.now().date()).days > FURTHEST_DAYS


def too_far() -> str:
    return _("Plan at most two years ahead.")


def day_range(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from `first` to `last`, both included. Raises Invalid for none, too many, or one too far ahead."""
    if is_too_far(last):
        raise Invalid(too_far(), code="days_too_far", field="last_day")
    count = (last - first).days + 1
    if count < 1:
        raise Invalid("The last day cannot lie before the first.", code="days_order", field="last_day")
    if count > LONGEST_DAYS:
        raise Invalid(f"Take at most {LONGEST_DAYS} days at a time.", field="last_day")
    return clock.days_between(first, last)


_USUAL = f"""
WITH w AS MATERIALIZED (
  SELECT p.id, p.node_id, p.slots AS usual, p.{days.FOLLOWS_HOURS} AS follows_hours, p.opens_at, p.closes_at,
         {days.HAS_HOURS.format(node="p.node_id")} AS has_hours
  FROM fulfillment_slotpool p WHERE p.id = ANY(%(pools)s::uuid[])
), asked AS (
  SELECT DISTINCT span.pool_id, g::date AS day
  FROM unnest(%(pools)s::uuid[], %(firsts)s::date[], %(lasts)s::date[]) AS span (pool_id, first, last)
  CROSS JOIN LATERAL generate_series(span.first, span.last, '1 day') AS g
)
SELECT w.id, asked.day, usual_day.capacity, usual_day.why
FROM asked JOIN w ON w.id = asked.pool_id
{days.usual("asked.day")}
WHERE NOT %(unopened)s OR NOT EXISTS (
  SELECT FROM fulfillment_poolday d WHERE d.pool_id = w.id AND d.day = asked.day
)
ORDER BY 1, 2
"""  # noqa: S608 - put together from constants
