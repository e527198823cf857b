"""Pieces that are not sent after all: cut from their lines, and kept on record there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.models import User
from fulfillment.orders.errors import AlreadyCancelled, CutTooMuch, NothingMissing, NothingThere
from fulfillment.orders.models import LineCut, Order, OrderLine
from fulfillment.orders.shortages import Shortage
from fulfillment.orders.states import settle


@dataclass(frozen=True, slots=True)
class Cut:
    """So many pieces of an order line that are promised by no stock are not sent; `why` where the reason is its own."""

    line_id: UUID
    quantity: int
    why: str = ""


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
    told = {cut.line_id: cut.why or reason for cut in cuts}
    owners = OrderLine.objects.filter(pk__in=list(wanted)).values("order")
    orders = lock_rows(Order.objects.filter(pk__in=owners).exclude(state=Order.State.CANCELLED))
    ids = [order.pk for order in orders]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_orderline l
            SET quantity_cancelled = l.quantity_cancelled + c.pieces,
                shortage = left(c.pieces || ' not sent: ' || c.why, 200), shortage_code = %s
            FROM unnest(%s::uuid[], %s::int[], %s::text[]) AS c (id, pieces, why)
            WHERE l.id = c.id AND l.order_id = ANY(%s::uuid[])
              AND l.quantity - l.quantity_cancelled - l.quantity_allocated >= c.pieces
            """,
            [Shortage.CUT.value, list(wanted), list(wanted.values()), [told[pk] for pk in wanted], ids],
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
    _remember(wanted, told, by)
    settle(ids)
    return list(Order.objects.filter(pk__in=ids).order_by("pk"))


def _remember(pieces: Mapping[UUID, int], why: Mapping[UUID, str], by: User | None) -> None:
    """One LineCut each: what the lines count is explained there."""
    now = clock.now()
    rows = OrderLine.objects.filter(pk__in=list(pieces)).values_list("pk", "member_id", "order_id")
    LineCut.objects.bulk_create(
        LineCut(
            member_id=member_id,
            order_id=order_id,
            line_id=pk,
            quantity=pieces[pk],
            why=why[pk][:200],
            cut_at=now,
            cut_by=by,
        )
        for pk, member_id, order_id in rows
    )


@act
def send_what_is_there(*, order: Order, by: User | None) -> Order:
    """Cut the pieces that no stock is promised to, so that the rest of the order need not wait for them.

    Raises NothingThere when nothing at all is promised, NothingMissing when the order is whole, AlreadyCancelled.
    """
    # Allocating locks orders first, too: nothing can be promised to this one while we count.
    [fresh] = lock_rows(Order.objects.filter(pk=order.pk))
    if fresh.state == Order.State.CANCELLED:
        raise AlreadyCancelled(f"Order {fresh.number} is cancelled already.")
    lines = list(fresh.lines.order_by("pk"))
    short = [line for line in lines if line.missing]
    if not short:
        raise NothingMissing(f"Nothing of order {fresh.number} is missing; it goes whole.")
    if not any(line.quantity_allocated for line in lines):
        raise NothingThere(
            f"Nothing is promised to order {fresh.number} yet, so there is nothing to send. Cancel it, or let it wait."
        )
    [sent] = cut_lines(
        cuts=[Cut(line.pk, line.missing, line.shortage) for line in short], reason="not to be had", by=by
    )
    return sent
