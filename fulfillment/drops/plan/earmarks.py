"""What is kept in stock for a drop, under its claim."""

from __future__ import annotations

from uuid import UUID

from fulfillment.drops.models import Drop, DropLegLine
from fulfillment.inventory.services import PlannedPieces, arrived_for
from fulfillment.inventory.services import plan_earmarks as plan

NodeSku = tuple[UUID, UUID]  # node, SKU


def wanted_of(drop: Drop) -> dict[NodeSku, int]:
    """Pieces that the legs are to bring, by node and SKU."""
    found: dict[NodeSku, int] = {}
    rows = DropLegLine.objects.filter(leg__drop=drop)
    for node_id, sku_id, quantity in rows.values_list("leg__run__cycle__node_id", "sku_id", "quantity"):
        found[node_id, sku_id] = found.get((node_id, sku_id), 0) + quantity
    return found


def plan_earmarks(drop: Drop) -> None:
    """Expect the goods of all legs, so that they are kept for the drop's buyers from the moment they arrive."""
    plan(
        claim_id=drop.claim_id,
        planned=[
            PlannedPieces(drop.member_id, node_id, sku_id, quantity)
            for (node_id, sku_id), quantity in wanted_of(drop).items()
        ],
    )


def still_missing(drop: Drop) -> dict[NodeSku, int]:
    """Pieces that have not arrived, by node and SKU; those of which all are there are left out."""
    here = arrived_for(drop.claim_id)
    return {
        place: quantity - here.get(place, 0)
        for place, quantity in wanted_of(drop).items()
        if quantity > here.get(place, 0)
    }
