"""An order's state follows from its lines and allocations; this is the one place that says how."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from coop.kernel import clock

# For an order `o` that is not cancelled. Something short: it waits, whatever else of it is on its way already.
DERIVED_STATE = """
    CASE WHEN EXISTS (SELECT 1 FROM fulfillment_orderline l
                      WHERE l.order_id = o.id AND l.quantity_allocated < l.quantity - l.quantity_cancelled) THEN 'waiting'
         ELSE (SELECT CASE WHEN bool_and(a.state = 'shipped') THEN 'shipped'
                           WHEN bool_and(a.state IN ('picked', 'shipped')) THEN 'picked'
                           WHEN bool_or(a.state <> 'queued') THEN 'picking'
                           ELSE 'allocated' END
               FROM fulfillment_allocation a WHERE a.order_id = o.id AND a.state <> 'freed')
    END
"""


def settle(order_ids: Collection[UUID]) -> None:
    """Bring the state of these orders in line with their lines and allocations, in the caller's transaction."""
    if not order_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE fulfillment_order t
            SET state = d.state, shipped_at = CASE WHEN d.state = 'shipped' THEN %s::timestamptz END
            FROM (SELECT o.id, {DERIVED_STATE} AS state FROM fulfillment_order o
                  WHERE o.id = ANY(%s::uuid[]) AND o.state <> 'cancelled') d
            WHERE t.id = d.id AND t.state <> d.state
            """,  # noqa: S608 - a constant of this module
            [clock.now(), list(order_ids)],
        )
