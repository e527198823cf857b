"""Which shelf suits which goods."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from coop.models import Bin, Node


def suggest_bins(*, sku_ids: Sequence[UUID], node: Node) -> dict[UUID, Bin]:
    """For each SKU the shelf bin to lay it in: where it lies already, else the emptiest that suits, first on the way.

    SKUs for which the node has no shelf of their storage class are left out. Two SKUs may get the same empty bin
    when they are asked for together only if the node has fewer bins than SKUs.
    """
    if not sku_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH wanted AS (
              SELECT s.id AS sku_id, s.storage_class,
                     row_number() OVER (PARTITION BY s.storage_class ORDER BY s.code, s.id) AS turn
              FROM coop_sku s WHERE s.id = ANY(%(skus)s)
            ), home AS (
              SELECT DISTINCT ON (st.sku_id) st.sku_id, st.bin_id
              FROM fulfillment_stock st
              JOIN coop_bin b ON b.id = st.bin_id AND b.kind = 'shelf'
              JOIN coop_zone z ON z.id = b.zone_id
              JOIN wanted w ON w.sku_id = st.sku_id AND w.storage_class = z.storage_class
              WHERE st.node_id = %(node)s
              ORDER BY st.sku_id, st.on_hand DESC, b.walk_order, b.code
            ), shelves AS (
              SELECT b.id, z.storage_class,
                     row_number() OVER (PARTITION BY z.storage_class
                                        ORDER BY coalesce(sum(st.on_hand), 0), b.walk_order, b.code) AS turn,
                     count(*) OVER (PARTITION BY z.storage_class) AS n
              FROM coop_bin b
              JOIN coop_zone z ON z.id = b.zone_id
              LEFT JOIN fulfillment_stock st ON st.bin_id = b.id
              WHERE b.node_id = %(node)s AND b.kind = 'shelf'
              GROUP BY b.id, z.storage_class
            )
            SELECT w.sku_id, coalesce(h.bin_id, s.id)
            FROM wanted w
            LEFT JOIN home h ON h.sku_id = w.sku_id
            LEFT JOIN shelves s ON s.storage_class = w.storage_class AND s.turn = (w.turn - 1) %% s.n + 1
            WHERE coalesce(h.bin_id, s.id) IS NOT NULL
            """,
            {"skus": list(sku_ids), "node": node.pk},
        )
        chosen = dict(cursor.fetchall())
    bins = Bin.objects.select_related("zone").in_bulk(set(chosen.values()))
    return {sku_id: bins[bin_id] for sku_id, bin_id in chosen.items()}
