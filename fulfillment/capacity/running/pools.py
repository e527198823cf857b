"""The pools of a node: what it publishes at all."""

from __future__ import annotations

import datetime as dt

from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.models import Node, User, Zone
from fulfillment.capacity.models import SlotPool
from fulfillment.capacity.running.tiers import MOST_SKUS


@act
def open_pool(
    *,
    node: Node,
    slots: int,
    kind: str = SlotPool.Kind.SHELF,
    storage_class: str = "",
    zone: Zone | None = None,
    name: str = "",
    slot_volume_l: int = 60,
    opens_at: dt.time | None = None,
    closes_at: dt.time | None = None,
    equipment: str = "",
    by: User | None = None,
) -> SlotPool:
    """Publish slots of a kind at a node. Raises Conflict when the node has such a pool already, Invalid for what a kind lacks.

    Shelf slots share the node's SKU places, as many as its tier allows. Those of one zone are called after it.
    """
    if zone is not None and (zone.node_id != node.pk or zone.storage_class != storage_class):
        raise Invalid(
            f"Zone {zone.code} is {zone.get_storage_class_display()}. Take a zone of this node and of the slots' class.",
            code="pool_zone",
            field="zone",
        )
    return SlotPool.objects.create(
        node=node,
        kind=kind,
        name=name or (f"zone {zone.code}" if zone else ""),
        storage_class=storage_class,
        zone=zone,
        slots=slots,
        slot_volume_l=slot_volume_l,
        opens_at=opens_at,
        closes_at=closes_at,
        equipment=equipment,
        assortment=_assortment(node) if kind == SlotPool.Kind.SHELF else None,
    )


def _assortment(node: Node) -> SlotPool | None:
    """The node's SKU places; made with the first shelf pool. A tier without a limit has none."""
    most = MOST_SKUS[node.tier]
    if most is None:
        return None
    pool, _ = SlotPool.objects.get_or_create(
        node=node, kind=SlotPool.Kind.ASSORTMENT, defaults={"slots": most}
    )
    return pool
