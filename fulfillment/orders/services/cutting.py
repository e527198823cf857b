"""Pieces that are not sent after all: cut from their lines, and kept on record there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from coop import clock
from coop.acts import act
from coop.locks import lock_rows
from coop.models import User
from fulfillment.orders.errors import CutTooMuch
from fulfillment.orders.models import Order, OrderLine
from fulfillment.orders.states import settle


@dataclass(frozen=True, slots=True)
class Cut:
    """So many pieces of an order line that are promised by no stock are not sent."""

    line_id: UUID
    quantity: int


@act
def cut_lines(*, cuts: Sequence[Cut], reason: str, by: User | None = None) -> list[Order]:
    """Cut unpromised pieces from order lines; the lines say why. An order of which nothing is left is cancelled.

    Set-based. Returns the orders that were cut, by key. Raises CutTooMuch when a line has fewer pieces that wait; then
    nothing is cut.
    """
    wanted: Counter[UUID] = Counter()
    for cut in cuts:
        wanted[cut.line_id] += cut.quantity
    wanted = +wanted
    if not wanted:
        return []
    owners = OrderLine.objects.filter(pk__in=list(wanted)).values("order")
    orders = lock_rows(Order.objects.filter(pk__in=owners).exclude(state=Order.State.CANCELLED))
    ids = [order.pk for order in orders]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_orderline l
            SET quantity_cancelled = l.quantity_cancelled + c.pieces,
                shortage = left(c.pieces || ' not sent: ' || %s, 200)
            FROM unnest(%s::uuid[], %s::int[]) AS c (id, pieces)
            WHERE l.id = c.id AND l.order_id = ANY(%s::uuid[])
              AND l.quantity - l.quantity_cancelled - l.quantity_allocated >= c.pieces
            """,
            [reason, list(wanted), list(wanted.values()), ids],
        )
        if cursor.rowcount != len(wanted):
            raise CutTooMuch("Some of these pieces are promised or cut by now. Look at the orders again.")
        cursor.execute(
            """
            UPDATE fulfillment_order o SET state = 'cancelled', cancelled_at = %s
            WHERE o.id = ANY(%s::uuid[]) AND NOT EXISTS (
              SELECT FROM fulfillment_orderline l WHERE l.order_id = o.id AND l.quantity > l.quantity_cancelled)
            """,
            [clock.now(), ids],
        )
    settle(ids)
    return list(Order.objects.filter(pk__in=ids).order_by("pk"))
