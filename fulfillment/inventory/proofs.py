"""What must hold about goods at any time."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.runtime.audit import proof


def _rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows


@proof("stock on hand = sum of its moves, for every SKU, bin and lot")
def stock_is_sum_of_moves() -> Iterator[str]:
    for code, bin_code, held, moved in _rows(
        """
        WITH moved AS (
          SELECT sku_id, bin_id, lot_id, sum(n) AS n FROM (
            SELECT sku_id, to_bin_id AS bin_id, lot_id, quantity AS n
            FROM fulfillment_stockmove WHERE to_bin_id IS NOT NULL
            UNION ALL
            SELECT sku_id, from_bin_id, lot_id, -quantity
            FROM fulfillment_stockmove WHERE from_bin_id IS NOT NULL
          ) ends GROUP BY 1, 2, 3
        )
        SELECT s.code, b.code, coalesce(st.on_hand, 0), coalesce(m.n, 0)
        FROM fulfillment_stock st
        FULL JOIN moved m ON m.sku_id = st.sku_id AND m.bin_id = st.bin_id
         AND coalesce(m.lot_id, '00000000-0000-0000-0000-000000000000')
           = coalesce(st.lot_id, '00000000-0000-0000-0000-000000000000')
        JOIN coop_sku s ON s.id = coalesce(st.sku_id, m.sku_id)
        JOIN coop_bin b ON b.id = coalesce(st.bin_id, m.bin_id)
        WHERE coalesce(st.on_hand, 0) <> coalesce(m.n, 0)
        ORDER BY 1, 2
        """
    ):
        yield f"{code} in {bin_code}: {held} on hand, moves add up to {moved}"


@proof("received and put away of each inbound line = sum of its receipts and moves")
def inbound_is_sum_of_receipts() -> Iterator[str]:
    for number, code, received, receipts in _rows(
        """
        SELECT a.number, s.code, l.quantity_received, coalesce(sum(r.quantity), 0)
        FROM fulfillment_asnline l
        JOIN fulfillment_asn a ON a.id = l.asn_id
        JOIN coop_sku s ON s.id = l.sku_id
        LEFT JOIN fulfillment_receipt r ON r.asn_line_id = l.id
        GROUP BY l.id, a.number, s.code
        HAVING l.quantity_received <> coalesce(sum(r.quantity), 0)
        ORDER BY 1, 2
        """
    ):
        yield f"{number} {code}: {received} received, receipts add up to {receipts}"


@proof("every receipt and putaway moved goods and is on record as work")
def handling_is_recorded() -> Iterator[str]:
    for what, source in _rows(
        """
        SELECT 'receipt', r.id FROM fulfillment_receipt r
        WHERE NOT EXISTS (SELECT 1 FROM fulfillment_stockmove m
                          WHERE m.reason = 'received' AND m.source_id = r.id AND m.quantity = r.quantity)
           OR NOT EXISTS (SELECT 1 FROM fulfillment_activity w WHERE w.kind = 'receive' AND w.source_id = r.id)
        UNION ALL
        SELECT 'putaway', m.source_id FROM fulfillment_stockmove m
        WHERE m.reason = 'put_away' AND m.source_type = 'putaway'
          AND NOT EXISTS (SELECT 1 FROM fulfillment_activity w
                          WHERE w.kind = 'putaway' AND w.source_id = m.source_id)
        ORDER BY 1, 2
        """
    ):
        yield f"{what} {source} has no move or no activity"


@proof("goods lie at the node of their bin and belong to the member of their SKU")
def places_are_consistent() -> Iterator[str]:
    for table, pk in _rows(
        """
        SELECT 'stock', st.id FROM fulfillment_stock st
        JOIN coop_bin b ON b.id = st.bin_id JOIN coop_sku s ON s.id = st.sku_id
        WHERE b.node_id <> st.node_id OR s.member_id <> st.member_id
        UNION ALL
        SELECT 'move', m.id FROM fulfillment_stockmove m
        JOIN coop_sku s ON s.id = m.sku_id
        LEFT JOIN coop_bin f ON f.id = m.from_bin_id LEFT JOIN coop_bin t ON t.id = m.to_bin_id
        WHERE s.member_id <> m.member_id OR f.node_id <> m.node_id OR t.node_id <> m.node_id
        """
    ):
        yield f"{table} {pk}: node or member does not fit its bin or SKU"


@proof("no more is kept for claims than is free at the node, and no more than is planned")
def earmarks_are_covered() -> Iterator[str]:
    for code, node, kept, free in _rows(
        """
        SELECT s.code, n.name, e.kept, coalesce(f.free, 0)
        FROM (SELECT sku_id, node_id, sum(quantity) AS kept, bool_or(quantity > planned) AS over
              FROM fulfillment_earmark GROUP BY 1, 2) e
        JOIN coop_sku s ON s.id = e.sku_id JOIN coop_node n ON n.id = e.node_id
        LEFT JOIN (SELECT st.sku_id, st.node_id, sum(st.on_hand - st.allocated) AS free
                   FROM fulfillment_stock st JOIN coop_bin b ON b.id = st.bin_id AND b.kind IN ('shelf', 'receiving')
                   GROUP BY 1, 2) f ON f.sku_id = e.sku_id AND f.node_id = e.node_id
        WHERE e.kept > coalesce(f.free, 0) OR e.over ORDER BY 1, 2
        """
    ):
        yield f"{code} at {node}: {kept} kept for claims, {free} free"
