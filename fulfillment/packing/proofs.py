from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.runtime.audit import proof


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@proof("every parcel's work is on record: packed, its carton, shipped")
def parcels_are_recorded() -> Iterator[str]:
    for number, state, kinds in _rows(
        """
        SELECT s.number, s.state, coalesce(string_agg(a.kind, ', ' ORDER BY a.kind), 'nothing')
        FROM fulfillment_shipment s
        LEFT JOIN fulfillment_activity a ON a.source_id = s.id AND a.kind IN ('pack', 'carton', 'ship')
                                        AND a.reverses_id IS NULL
        GROUP BY s.id
        HAVING count(*) FILTER (WHERE a.kind = 'pack') <> (s.state <> 'packing')::int
            OR count(*) FILTER (WHERE a.kind = 'carton') <> (s.state <> 'packing' AND NOT s.own_box)::int
            OR count(*) FILTER (WHERE a.kind = 'ship') <> (s.state = 'shipped')::int
        """
    ):
        yield f"parcel {number} is {state}; the record of work has {kinds}"


@proof("what a shipped parcel held has left the stock, and nothing else has")
def shipped_goods_left() -> Iterator[str]:
    for number, item, quantity, moved in _rows(
        """
        SELECT s.number, i.id, i.quantity, coalesce(m.quantity, 0)
        FROM fulfillment_shipmentitem i
        JOIN fulfillment_shipment s ON s.id = i.shipment_id
        LEFT JOIN fulfillment_stockmove m ON m.reason = 'shipped' AND m.source_id = i.id AND m.to_bin_id IS NULL
        WHERE coalesce(m.quantity, 0) <> CASE WHEN s.state = 'shipped' THEN i.quantity ELSE 0 END
        """
    ):
        yield f"parcel {number}, item {item}: {quantity} in the parcel, {moved} left the stock"
    for move, source in _rows(
        """
        SELECT m.id, m.source_id FROM fulfillment_stockmove m
        WHERE m.reason = 'shipped' AND m.source_type = 'fulfillment.ShipmentItem'
          AND NOT EXISTS (SELECT 1 FROM fulfillment_shipmentitem i WHERE i.id = m.source_id)
        """
    ):
        yield f"move {move} says that {source} was shipped, but it lies in no parcel"


@proof("a parcel's goods are the whole of their allocations, and shipped with it")
def items_agree_with_allocations() -> Iterator[str]:
    for number, item, allocation, promised, quantity in _rows(
        """
        SELECT s.number, i.id, a.state, a.quantity, i.quantity
        FROM fulfillment_shipmentitem i
        JOIN fulfillment_shipment s ON s.id = i.shipment_id
        JOIN fulfillment_allocation a ON a.id = i.allocation_id
        WHERE a.quantity <> i.quantity OR a.order_id <> s.order_id OR a.sku_id <> i.sku_id
           OR a.state <> CASE WHEN s.state = 'shipped' THEN 'shipped' ELSE 'picked' END
        """
    ):
        yield f"parcel {number}, item {item}: {quantity} in the parcel, {promised} allocated and {allocation}"


@proof("no parcel was closed before its steps were confirmed")
def steps_were_confirmed() -> Iterator[str]:
    # Equal steps of two specs are said once, so one confirmation of equal words stands for all of them.
    for number, instruction in _rows(
        """
        SELECT s.number, p.instruction
        FROM fulfillment_shipment s
        JOIN fulfillment_shipmentspec v ON v.shipment_id = s.id
        JOIN coop_packingstep p ON p.version_id = v.version_id AND p.must_confirm
        WHERE s.state <> 'packing' AND NOT EXISTS (
            SELECT 1 FROM fulfillment_stepconfirmation c JOIN coop_packingstep q ON q.id = c.step_id
            WHERE c.shipment_id = s.id AND q.kind = p.kind
              AND lower(regexp_replace(q.instruction, '\\s+', ' ', 'g'))
                = lower(regexp_replace(p.instruction, '\\s+', ' ', 'g'))
        )
        """
    ):
        yield f"parcel {number} was packed without the step “{instruction}”"
