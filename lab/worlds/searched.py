"""Many nodes with pools, counted days, holds and a season of orders: what a search for free slots walks through."""

from __future__ import annotations

from typing import Any

from django.db import connection

from coop.kernel import clock
from coop.models import Member
from fulfillment.models import Channel, PoolDay
from fulfillment.orders.services import open_channel
from lab.worlds import ground

OWNER = "the-one-who-searches"
POOLS_EACH = 6

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


def searched_nodes(*, nodes: int, days: int) -> Member:
    """`nodes` nodes of six pools, each with `days` days from today on, and a member with 2,000 orders.

    The audit does not hold: the days are booked, but by no booking. Returns the member; her address is `OWNER`.
    """
    member = ground.member(OWNER)
    told: dict[str, Any] = {
        "nodes": nodes,
        "days": days,
        "first": clock.today("Europe/Berlin"),
        "member": member.pk,
        "channel": open_channel(member=member, kind=Channel.Kind.API, name="shop").pk,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        for statement in (NEW_NODES, NEW_POOLS, NEW_DAYS, NEW_HOLDS, NEW_ORDERS):
            cursor.execute(statement, told)
    ground.count_rows(
        [
            "coop_node",
            "fulfillment_slotpool",
            PoolDay._meta.db_table,
            "fulfillment_booking",
            "fulfillment_order",
        ]
    )
    if PoolDay.objects.filter(pool__node__slug__startswith="searched-").count() != nodes * days * POOLS_EACH:
        raise RuntimeError("the days to search were not laid out")
    return member
