"""Searching free slots over 200 nodes and a year of days against the bare question in SQL."""

from __future__ import annotations

import datetime as dt
import random
from functools import partial
from statistics import quantiles
from typing import Any, NamedTuple

from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from coop.kernel import clock
from coop.models import Member
from fulfillment.capacity.search import find
from fulfillment.models import Channel, PoolDay
from fulfillment.orders.services import open_channel
from lab.benchmarks import ground
from lab.benchmarks.registry import Result, benchmark, seconds

NODES, DAYS, SEARCHES = 200, 366, 120

NEW_NODES = """
INSERT INTO coop_node (id, slug, code, name, tier, timezone, street, postcode, city, country, latitude, longitude,
                       area_m2, cutoff_at, reach_m, about, is_open)
SELECT gen_random_uuid(), 'searched-' || n, 'S' || n, 'Searched ' || n, (ARRAY['same_day', 'next_day', 'hub'])[1 + n %% 3],
       'Europe/Berlin', 'Street 1', '10115', 'Town ' || n, 'DE', 47.5 + 7 * random(), 6 + 9 * random(),
       200, '14:00', 30000, '', true
FROM generate_series(1, %(nodes)s) n
"""

# Six pools a node: three storage classes, one dock window, picks, and the SKU places that the shelves share.
NEW_POOLS = """
WITH places AS (
  INSERT INTO fulfillment_slotpool (id, node_id, kind, name, storage_class, slots, slot_volume_l, equipment)
  SELECT gen_random_uuid(), id, 'assortment', '', '', 400, 60, '' FROM coop_node WHERE slug LIKE 'searched-%%'
  RETURNING id, node_id
)
INSERT INTO fulfillment_slotpool (id, node_id, kind, name, storage_class, slots, slot_volume_l, equipment, opens_at,
                                  closes_at, assortment_id)
SELECT gen_random_uuid(), places.node_id, k.kind, '', k.class, k.slots, 60, '', k.opens, k.closes,
       CASE k.kind WHEN 'shelf' THEN places.id END
FROM places CROSS JOIN (VALUES
  ('shelf', 'ambient', 200, NULL::time, NULL::time), ('shelf', 'cold', 60, NULL, NULL), ('shelf', 'oversize', 20, NULL, NULL),
  ('dock', '', 4, '08:00', '12:00'), ('picks', '', 900, NULL, NULL)
) AS k (kind, class, slots, opens, closes)
"""

# A season's orders of one member, most of them from five cities.
NEW_ORDERS = """
INSERT INTO fulfillment_order (id, member_id, channel_id, number, state, buyer_name, buyer_email, street, postcode, city,
                               country, latitude, longitude, note, placed_at, created_at)
SELECT gen_random_uuid(), %(member)s, %(channel)s, 'bench-' || n, 'waiting', 'Ada', '', 'Street 1', '10115', 'Town', 'DE',
       c.latitude + (random() - 0.5) * c.spread, c.longitude + (random() - 0.5) * c.spread, '',
       now() - n * interval '60 minutes', now()
FROM generate_series(1, 2000) n JOIN (VALUES
  (0, 52.5, 13.4, 0.4), (1, 53.5, 10.0, 0.4), (2, 48.1, 11.6, 0.4), (3, 50.9, 6.9, 0.4), (4, 50.1, 8.7, 0.4), (5, 50.5, 10.5, 6)
) AS c (turn, latitude, longitude, spread) ON turn = n %% 6
"""

# Near days are fuller than far ones, docks and picks rest on Sundays, and one day in thirty is blocked.
NEW_DAYS = """
INSERT INTO fulfillment_poolday (id, pool_id, day, capacity, booked, note, waiting, closed)
SELECT gen_random_uuid(), id, day, offered,
       CASE WHEN random() < 0.03 THEN offered ELSE floor(offered * random() * (1.2 - 0.9 * n / %(days)s) / 1.2) END, '', 0, false
FROM (
  SELECT p.id, %(first)s::date + n AS day, n,
         CASE WHEN random() < 0.03 OR p.kind IN ('dock', 'picks') AND extract(isodow FROM %(first)s::date + n) = 7
              THEN 0 ELSE p.slots END AS offered
  FROM fulfillment_slotpool p JOIN coop_node c ON c.id = p.node_id AND c.slug LIKE 'searched-%%'
  CROSS JOIN generate_series(0, %(days)s - 1) n
) AS days
"""

# Of the holds, those of the last minute have run out and nobody has tidied them yet.
NEW_HOLDS = """
INSERT INTO fulfillment_booking (id, member_id, pool_id, slots, first_day, last_day, skus, state, held_until, booked_at,
                                 reason, changes)
SELECT gen_random_uuid(), %(member)s, d.pool_id, 1, d.day, d.day + 6, 0, 'held',
       now() + (random() * 16 - 1) * interval '1 minute', now(), '', 0
FROM fulfillment_poolday d WHERE d.booked > 0 ORDER BY random() LIMIT 300
"""

# Pool by pool along the index: as one plain join, PostgreSQL would read all days of the year, ten times slower.
# The same question as short as it can be: the fewest slots and the fewest SKU places of the range. Pool by pool along the
# index; as a plain join PostgreSQL would read all days of the year, several times slower.
BARE = """
SELECT p.id, d.free, a.free
FROM fulfillment_slotpool p
JOIN coop_node n ON n.id = p.node_id AND n.is_open
CROSS JOIN LATERAL (
  SELECT min(capacity - booked) AS free FROM fulfillment_poolday
  WHERE pool_id = p.id AND day BETWEEN %(first)s AND %(last)s
) d
CROSS JOIN LATERAL (
  SELECT min(capacity - booked) AS free FROM fulfillment_poolday
  WHERE pool_id = p.assortment_id AND day BETWEEN %(first)s AND %(last)s
) a
WHERE p.kind = %(kind)s AND p.storage_class = %(class)s
"""


class Ask(NamedTuple):
    kind: str
    storage_class: str
    first: dt.date
    last: dt.date


@benchmark("search")
def search() -> Result:
    """Days free at 200 nodes for 1 to 60 days of a year, with what is short, room for SKUs and the way to her buyers."""
    member = _lay_out()
    asks = _asks()
    _must_ask_little(asks[0], member)
    ours, against = [], []
    # Turn about, so that a slow moment of the machine slows both.
    for ask in asks:
        against.append(seconds(partial(_bare, ask)))
        ours.append(seconds(partial(_find, ask, member)))
    return Result(
        "search", _p95(ours) * 1000, _p95(against) * 1000, 3, "ms at the 95th percentile",
        f"find over {NODES} nodes × {DAYS} days × 6 pools, at most 3 queries", "psycopg, one SELECT of the fewest free", at_most=True,
    )  # fmt: skip


def _lay_out() -> Member:
    """The nodes, pools, days, holds and orders; the database is thrown away after the benchmarks."""
    known = Member.objects.filter(name="The one who searches").first()
    if known is not None:
        return known
    with transaction.atomic(), connection.cursor() as cursor:
        member = ground.member(name="The one who searches")
        told: dict[str, Any] = {
            "nodes": NODES,
            "days": DAYS,
            "first": clock.today("Europe/Berlin"),
            "member": member.pk,
            "channel": open_channel(member=member, kind=Channel.Kind.API, name="shop").pk,
        }
        cursor.execute("SELECT setseed(0.5)")
        for statement in (NEW_NODES, NEW_POOLS, NEW_DAYS, NEW_HOLDS, NEW_ORDERS):
            cursor.execute(statement, told)
    # What autovacuum would do in a minute: the program's own role may not.
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE coop_node, fulfillment_slotpool, fulfillment_poolday, fulfillment_booking"
        )
        cursor.execute("VACUUM ANALYZE fulfillment_order")
    connections["owner"].close()
    if PoolDay.objects.filter(pool__node__slug__startswith="searched-").count() != NODES * DAYS * 6:
        raise RuntimeError("the days to search were not laid out")
    return member


def _asks() -> list[Ask]:
    dice, today = random.Random(3), clock.today("Europe/Berlin")
    kinds = [("shelf", "ambient"), ("shelf", "cold"), ("dock", ""), ("picks", "")]
    return [
        Ask(*dice.choice(kinds), day, day + dt.timedelta(days=dice.choice([0, 6, 13, 27, 59])))
        for day in (today + dt.timedelta(days=dice.randrange(DAYS - 60)) for _ in range(SEARCHES))
    ]


def _must_ask_little(ask: Ask, member: Member) -> None:
    with CaptureQueriesContext(connection) as queries:
        _find(ask, member)
    if len(queries) > 3:
        raise RuntimeError(f"a search asked {len(queries)} queries")


def _find(ask: Ask, member: Member) -> None:
    find(**ask._asdict(), slots=2, skus=3, member_id=member.pk)


def _bare(ask: Ask) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, {**ask._asdict(), "class": ask.storage_class})
        cursor.fetchall()


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]
