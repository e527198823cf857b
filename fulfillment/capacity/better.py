"""Which node to name to somebody whose goods do not fit the tier of the one they asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coop.models import Node
from coop.nodes.geo import distance_m
from fulfillment.capacity.models import PoolDay, SlotPool
from fulfillment.capacity.tiers import MOST_SKUS

if TYPE_CHECKING:
    from fulfillment.capacity.services.asks import Ask


def better_node(ask: Ask) -> str:
    """The nearest open node that offers such slots and may hold that many SKUs on all those days; empty when none."""
    here = ask.pool.node
    offering = SlotPool.objects.filter(
        kind=ask.pool.kind, storage_class=ask.pool.storage_class, node__is_open=True
    ).exclude(node=here)
    pools = [p for p in offering.select_related("node", "assortment") if _room(p, ask)]
    nodes: dict[str, Node] = {p.node.name: p.node for p in pools}
    if not nodes:
        return ""
    return min(
        nodes,
        key=lambda name: distance_m(
            here.latitude, here.longitude, float(nodes[name].latitude), float(nodes[name].longitude)
        ),
    )


def _room(pool: SlotPool, ask: Ask) -> bool:
    most = MOST_SKUS[pool.node.tier]
    if most is None or pool.assortment is None:
        return True
    days = PoolDay.objects.filter(pool=pool.assortment, day__range=(ask.first_day, ask.last_day))
    return all(day.free >= ask.skus for day in days) and ask.skus <= most
