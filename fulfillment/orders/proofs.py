"""What must hold between orders, their lines, the promises made to them, and the stock that is promised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from coop.runtime.audit import proof


def _rows(statement: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        yield from cursor.fetchall()


@proof("allocated pieces of each stock row = sum of its open allocations")
def allocated_is_sum_of_allocations() -> Iterator[str]:
    for code, bin_code, allocated, promised in _rows(
        """
        WITH promised AS (
          SELECT stock_id, sum(quantity) AS n FROM fulfillment_allocation
          WHERE state IN ('queued', 'waved', 'picked') GROUP BY 1
        )
        SELECT s.code, b.code, st.allocated, coalesce(p.n, 0)
        FROM fulfillment_stock st
        LEFT JOIN promised p ON p.stock_id = st.id
        JOIN coop_sku s ON s.id = st.sku_id
        JOIN coop_bin b ON b.id = st.bin_id
        WHERE st.allocated <> coalesce(p.n, 0)
        ORDER BY 1, 2
        """
    ):
        yield f"{code} in {bin_code}: {allocated} allocated, open allocations add up to {promised}"


@proof("an order line is promised exactly what its allocations hold")
def lines_agree() -> Iterator[str]:
    for number, code, line, held, shipped, left in _rows("""
        SELECT o.number, s.code, l.quantity_allocated, coalesce(a.held, 0), l.quantity_shipped, coalesce(a.shipped, 0)
        FROM fulfillment_orderline l
        JOIN fulfillment_order o ON o.id = l.order_id
        JOIN coop_sku s ON s.id = l.sku_id
        LEFT JOIN (SELECT line_id, sum(quantity) FILTER (WHERE state <> 'freed') AS held,
                          sum(quantity) FILTER (WHERE state = 'shipped') AS shipped
                   FROM fulfillment_allocation GROUP BY line_id) a ON a.line_id = l.id
        WHERE l.quantity_allocated <> coalesce(a.held, 0) OR l.quantity_shipped <> coalesce(a.shipped, 0)
        ORDER BY o.number, s.code
    """):
        yield (
            f"Order {number}, {code}: the line says {line} allocated and {shipped} shipped, "
            f"its allocations {held} and {left}."
        )


@proof("pieces given up are explained, each of them")
def cuts_agree() -> Iterator[str]:
    for number, code, line, told in _rows("""
        SELECT o.number, s.code, l.quantity_cancelled, coalesce(c.told, 0)
        FROM fulfillment_orderline l
        JOIN fulfillment_order o ON o.id = l.order_id
        JOIN coop_sku s ON s.id = l.sku_id
        LEFT JOIN (SELECT line_id, sum(quantity) AS told FROM fulfillment_linecut GROUP BY line_id) c ON c.line_id = l.id
        WHERE l.quantity_cancelled <> coalesce(c.told, 0)
        ORDER BY o.number, s.code
    """):
        yield f"Order {number}, {code}: the line says {line} given up, its cuts {told}."


@proof("an order's state follows from its lines and allocations")
def states_follow() -> Iterator[str]:
    """Counted in pieces, and told apart from the room's own rule for it on purpose: an audit that asked the rule which
    wrote the state would find it right whatever it says."""
    for number, state, must in _rows("""
        WITH wanted AS (
          SELECT order_id, bool_or(quantity_allocated + quantity_cancelled < quantity) AS short
          FROM fulfillment_orderline GROUP BY order_id),
        held AS (
          SELECT order_id, sum(quantity) AS pieces,
                 coalesce(sum(quantity) FILTER (WHERE state IN ('waved', 'picked', 'shipped')), 0) AS begun,
                 coalesce(sum(quantity) FILTER (WHERE state IN ('picked', 'shipped')), 0) AS off_shelf,
                 coalesce(sum(quantity) FILTER (WHERE state = 'shipped'), 0) AS gone
          FROM fulfillment_allocation WHERE state <> 'freed' GROUP BY order_id),
        counted AS (
          SELECT o.number, o.state, coalesce(w.short, false) AS short, coalesce(h.pieces, 0) AS pieces,
                 coalesce(h.begun, 0) AS begun, coalesce(h.off_shelf, 0) AS off_shelf, coalesce(h.gone, 0) AS gone
          FROM fulfillment_order o
          LEFT JOIN wanted w ON w.order_id = o.id
          LEFT JOIN held h ON h.order_id = o.id
          WHERE o.state <> 'cancelled')
        SELECT c.number, c.state, must.state
        FROM counted c CROSS JOIN LATERAL (VALUES
          ('waiting',   short),
          ('allocated', NOT short AND begun = 0),
          ('picking',   NOT short AND begun > 0 AND off_shelf < pieces),
          ('picked',    NOT short AND off_shelf > 0 AND off_shelf = pieces AND gone < pieces),
          ('shipped',   NOT short AND gone > 0 AND gone = pieces)) AS must (state, so)
        WHERE must.so AND must.state <> c.state
        ORDER BY c.number
    """):
        yield f"Order {number} is {state}, but its lines and allocations make it {must}."


@proof("a cancelled order holds nothing")
def cancelled_holds_nothing() -> Iterator[str]:
    for number, pieces in _rows("""
        SELECT o.number, sum(a.quantity) FROM fulfillment_order o
        JOIN fulfillment_allocation a ON a.order_id = o.id AND a.state <> 'freed'
        WHERE o.state = 'cancelled' GROUP BY o.number ORDER BY o.number
    """):
        yield f"Order {number} is cancelled, but still holds {pieces} pieces."


@proof("an allocation, its line and its stock speak of the same SKU, member and node")
def allocations_fit() -> Iterator[str]:
    for number, pk in _rows("""
        SELECT o.number, a.id FROM fulfillment_allocation a
        JOIN fulfillment_order o ON o.id = a.order_id
        JOIN fulfillment_orderline l ON l.id = a.line_id
        JOIN fulfillment_stock s ON s.id = a.stock_id
        JOIN coop_bin b ON b.id = a.bin_id
        WHERE (l.order_id, l.sku_id, l.member_id, s.sku_id, s.member_id, s.node_id, b.node_id, o.member_id)
              <> (a.order_id, a.sku_id, a.member_id, a.sku_id, a.member_id, a.node_id, a.node_id, a.member_id)
        ORDER BY o.number
    """):
        yield f"Order {number}: allocation {pk} speaks of another SKU, member or node than its line or stock."
