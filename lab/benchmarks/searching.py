"""Searching free slots over 200 nodes and a year of days against the bare question in SQL."""

from __future__ import annotations

import datetime as dt
import random
from functools import partial
from statistics import quantiles
from typing import NamedTuple

from django.db import connection
from django.test.utils import CaptureQueriesContext

from coop.kernel import clock
from coop.models import Member
from fulfillment.capacity.availability.search import Wish, find
from lab.benchmarks.registry import Result, benchmark, seconds
from lab.benchmarks.sizes import size
from lab.worlds import searched_nodes
from lab.worlds.kept import World
from lab.worlds.searched import OWNER

NODES = size("search", "nodes", 200, "nodes of six pools each")
DAYS = size("search", "days", 366, "days ahead that each pool has")
SEARCHES = size("search", "searches", 120, "searches, each measured once")

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


@benchmark("search", needs=World("searched", searched_nodes, {"nodes": NODES, "days": DAYS}))
def search() -> Result:
    """Free slots for 1 to 60 days of a year at many nodes, with what is short, room for SKUs and the way to her buyers
    (95th percentile, at most 3 queries), against the same days asked for in one bare `SELECT`."""
    member = Member.objects.get(slug=OWNER)
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
    find(Wish(*ask, slots=2, skus=3), member=member)


def _bare(ask: Ask) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, {**ask._asdict(), "class": ask.storage_class})
        cursor.fetchall()


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]
