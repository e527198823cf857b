"""How many different SKUs a node may hold, by its tier. Pure."""

from __future__ import annotations

from coop.models import Node

# Same-day nodes are small and near (under 50 SKUs), next-day nodes hold 200 to 800, a hub takes what comes in bulk.
MOST_SKUS: dict[str, int | None] = {
    Node.Tier.SAME_DAY: 49,
    Node.Tier.NEXT_DAY: 800,
    Node.Tier.HUB: None,
}
