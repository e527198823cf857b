"""Calling a drop off, and settling one that is over."""

from __future__ import annotations

from coop.kernel.acts import act
from coop.models import User
from fulfillment.drops import letters
from fulfillment.drops.errors import BeingSent
from fulfillment.drops.life.returning import take_back
from fulfillment.drops.models import Drop, DropSale
from fulfillment.drops.plan.reserving import release_rest
from fulfillment.drops.steps import State, enter, lock_drop, require
from fulfillment.inventory.services import end_claim, lock_shipments
from fulfillment.orders.errors import TooLateToCancel
from fulfillment.orders.models import Order
from fulfillment.orders.services import cancel_orders


@act
def cancel_drop(*, drop: Drop, by: User | None = None) -> Drop:
    """Call a drop off before it opens: what is reserved is given back under the terms, preorders are cancelled and their
    buyers told, and its goods are everybody's.

    Raises DropIsOver once it is live or over, and BeingSent when preorders are being picked.
    """
    drop = lock_drop(drop)
    require(drop, Drop.AHEAD, "called off")
    lock_shipments(claim_id=drop.claim_id)
    release_rest(drop, reason=f"{drop.title} was called off", by=by)
    sold = DropSale.objects.filter(drop=drop).values_list("order_id", flat=True)
    orders = list(Order.objects.filter(pk__in=sold).exclude(state=Order.State.CANCELLED))
    try:
        cancelled = cancel_orders(order_ids=[order.pk for order in orders], by=by)
    except TooLateToCancel as error:
        raise BeingSent(f"{error.message} {drop.title} cannot be called off any more.") from error
    take_back(drop=drop)
    end_claim(claim_id=drop.claim_id)
    words = f"Called off by {by.name}" if by else "Called off"
    step = enter(drop, State.CANCELLED, f"{words}; {len(cancelled)} preorders are cancelled.", by)
    letters.tell_orders(step, "cancelled", {order: {} for order in cancelled})
    letters.tell_house(step, "cancelled", staff=True)
    return drop


@act
def settle_drop(*, drop: Drop) -> Drop:
    """Settle a drop that is over and of which every order is shipped or cancelled: the rest of what was reserved is given
    back under the terms, and what was kept is everybody's. (Picks of days that are over are capacity's to record.)

    Nothing happens to one that is not so far.
    """
    drop = lock_drop(drop)
    if drop.state not in (State.SOLD_OUT, State.CLOSED) or _open_orders(drop):
        return drop
    take_back(drop=drop)
    if drop.state not in (State.SOLD_OUT, State.CLOSED):  # what came back is on sale again
        return drop
    release_rest(drop, reason=f"{drop.title} is settled")
    back = end_claim(claim_id=drop.claim_id)
    enter(drop, State.SETTLED, f"Settled: {drop.sold} sold, {back} pieces are in general stock.")
    return drop


def settle_drops() -> int:
    """Settle all that can be; an act each. Returns how many."""
    rows = Drop.objects.filter(state__in=[State.SOLD_OUT, State.CLOSED]).order_by("pk")
    return sum(settle_drop(drop=drop).state == State.SETTLED for drop in rows)


def _open_orders(drop: Drop) -> bool:
    done = (Order.State.SHIPPED, Order.State.CANCELLED)
    return Order.objects.filter(claim=drop.claim_id).exclude(state__in=done).exists()
