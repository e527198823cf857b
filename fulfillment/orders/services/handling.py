"""What the floor tells an order: waved, picked, shipped; and what its owner may still take back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.ids import derived
from coop.kernel.locks import lock_rows
from coop.models import Bin, User
from coop.runtime.nudges import send_after_commit
from fulfillment.inventory.services import free_stock, give_back
from fulfillment.orders.errors import (
    AllocationMoved,
    AlreadyCancelled,
    NotAtPacking,
    PickedTooMuch,
    TooLateToCancel,
)
from fulfillment.orders.events import cancelled_in_wave, claim_freed
from fulfillment.orders.models import Allocation, Order, OrderLine
from fulfillment.orders.shortages import Shortage
from fulfillment.orders.states import settle

State = Allocation.State


@dataclass(frozen=True, slots=True)
class PickedPart:
    """So many pieces of an allocation were found and now lie in the node's packing bin."""

    allocation_id: UUID
    quantity: int


@act
def cancel_order(*, order: Order, by: User | None) -> Order:
    """Cancel an order and free what was promised to it; a walk that has it already passes its stops by.

    Raises TooLateToCancel once any of it is picked, and AlreadyCancelled.
    """
    fresh = lock_rows(Order.objects.filter(pk=order.pk))[0]
    if fresh.state == Order.State.CANCELLED:
        raise AlreadyCancelled(f"Order {fresh.number} is cancelled already.")
    [cancelled] = cancel_orders(order_ids=[fresh.pk], by=by)
    return cancelled


@act
def cancel_orders(*, order_ids: Collection[UUID], by: User | None) -> list[Order]:
    """Cancel these orders, all or none; those that are cancelled already are left out. Set-based.

    What was kept for their claim is kept again. Raises TooLateToCancel once any of one is picked.
    """
    rows = lock_rows(Order.objects.filter(pk__in=order_ids).exclude(state=Order.State.CANCELLED))
    by_id = {row.pk: row for row in rows}
    live = list(Allocation.objects.live().filter(order__in=by_id).select_related("node"))
    begun = next((a for a in live if a.state not in (State.QUEUED, State.WAVED)), None)
    if begun is not None:
        raise TooLateToCancel(
            f"Order {by_id[begun.order_id].number} is {begun.get_state_display()} at {begun.node.name}; "
            "it cannot be cancelled any more."
        )
    _move(live, {State.QUEUED, State.WAVED}, State.FREED)
    _keep_again(by_id, live)
    _tell_walks({a.order_id for a in live if a.state == State.WAVED})
    free_stock(promises=[(a.stock_id, a.quantity) for a in live])
    OrderLine.objects.filter(order__in=by_id).update(quantity_allocated=0, shortage="", shortage_code="")
    now = clock.now()
    Order.objects.filter(pk__in=by_id).update(state=Order.State.CANCELLED, cancelled_at=now)
    for row in rows:
        row.state, row.cancelled_at = Order.State.CANCELLED, now
    return rows


def _tell_walks(order_ids: Collection[UUID]) -> None:
    if order_ids:
        ids = sorted(order_ids)
        payload = {"orders": [str(pk) for pk in ids]}
        cancelled_in_wave.publish(key=f"orders:{derived(*ids)}", payload=payload)


def _keep_again(orders: Mapping[UUID, Order], freed: Sequence[Allocation]) -> None:
    """What is free again of a claim's orders goes back to its earmarks; whoever sold it hears of it."""
    pieces: dict[UUID, Counter[tuple[UUID, UUID]]] = defaultdict(Counter)
    for row in freed:
        claim = orders[row.order_id].claim_id
        if claim is not None:
            pieces[claim][row.node_id, row.sku_id] += row.quantity
    for claim in sorted(pieces):
        give_back(claim_id=claim, pieces=pieces[claim])
    gone: dict[UUID, list[UUID]] = defaultdict(list)
    for order in orders.values():
        if order.claim_id is not None:
            gone[order.claim_id].append(order.pk)
    for claim, ids in gone.items():
        # An order is cancelled once, so these orders name the event.
        claim_freed.publish(key=f"claim:{claim}:{derived(*sorted(ids))}", payload={"claim": str(claim)})


@act
def lock_orders_of(*, allocation_ids: Collection[UUID]) -> list[Order]:
    """Lock the orders behind these allocations. Whoever moves stock in the same transaction calls this before it moves
    any: orders come before stock in the order of locks."""
    orders = Allocation.objects.filter(pk__in=allocation_ids).values("order")
    return lock_rows(Order.objects.filter(pk__in=orders))


@act
def note_waved(*, allocation_ids: Collection[UUID]) -> None:
    """These allocations left the queue for a wave; all or none. Raises AllocationMoved when one is not queued any more."""
    rows = _take(allocation_ids, {State.QUEUED})
    _move(rows, {State.QUEUED}, State.WAVED)
    settle({row.order_id for row in rows})


@act
def note_picked(*, picks: Sequence[PickedPart]) -> None:
    """These allocations were picked: the goods lie in the node's packing bin (the caller moved them, as promised ones).

    Of a short pick the remainder is promised no more: the caller wrote the missing pieces off as promised ones, here
    the line falls short and says so, and the order is allocated again after this transaction. Told twice it counts once.
    Raises PickedTooMuch, NotAtPacking, and AllocationMoved for an allocation that is in no wave.
    """
    told = {pick.allocation_id: pick.quantity for pick in picks}
    rows = _take(told, {State.WAVED, State.PICKED, State.SHIPPED, State.FREED})
    rows = [row for row in rows if not _told_before(row, told[row.pk])]
    for row in rows:
        if told[row.pk] > row.quantity:
            raise PickedTooMuch(f"{told[row.pk]} are more than the {row.quantity} that were asked for.")
    picked = [row for row in rows if told[row.pk]]
    short = [row for row in rows if told[row.pk] < row.quantity]
    packing = _packing_stock(picked)
    _write_picked(picked, packing, told)
    _split_short(short, told)
    settle({row.order_id for row in rows})
    _allocate_later({row.order_id for row in short})


@act
def note_shipped(*, allocation_ids: Collection[UUID]) -> None:
    """These picked allocations left the building; an order whose every piece has left is shipped. Told twice counts once.

    Raises AllocationMoved for one that is not picked.
    """
    rows = _take(allocation_ids, {State.PICKED, State.SHIPPED})
    rows = [row for row in rows if row.state == State.PICKED]
    _move(rows, {State.PICKED}, State.SHIPPED)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_orderline l SET quantity_shipped = l.quantity_shipped + d.quantity
            FROM (SELECT line_id, sum(quantity) AS quantity
                  FROM unnest(%s::uuid[], %s::int[]) AS a (line_id, quantity) GROUP BY line_id) d
            WHERE l.id = d.line_id
            """,
            [[row.line_id for row in rows], [row.quantity for row in rows]],
        )
    settle({row.order_id for row in rows})


def _take(allocation_ids: Collection[UUID], states: set[State]) -> list[Allocation]:
    """The allocations, fresh, their orders locked. Raises AllocationMoved when one is in none of `states`."""
    lock_orders_of(allocation_ids=allocation_ids)
    rows = list(Allocation.objects.filter(pk__in=allocation_ids).order_by("pk"))
    wrong = next((row for row in rows if row.state not in states), None)
    if wrong is not None:
        raise AllocationMoved(
            f"One of these goods is {wrong.get_state_display()} by now; look at the list again."
        )
    if len(rows) != len(set(allocation_ids)):
        raise AllocationMoved("One of these goods is promised to nobody any more; look at the list again.")
    return rows


def _move(rows: Sequence[Allocation], before: set[State], after: State) -> None:
    moved = Allocation.objects.filter(pk__in=[row.pk for row in rows], state__in=before).update(state=after)
    if moved != len(rows):
        raise AllocationMoved("Somebody else moved one of these goods in the same moment. Look again.")


def _told_before(row: Allocation, quantity: int) -> bool:
    """A pick that is on record already; with another figure it is no repetition but a mistake."""
    if row.state == State.WAVED:
        return False
    if row.state == State.FREED and quantity == 0:
        return True
    if row.state in (State.PICKED, State.SHIPPED) and quantity == row.quantity:
        return True
    raise AllocationMoved(f"This pick is on record already: {row.quantity}, {row.get_state_display()}.")


def _packing_stock(rows: Sequence[Allocation]) -> dict[UUID, UUID]:
    """Allocation → the stock row in its node's packing bin, of the same SKU and lot. Raises NotAtPacking."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id, p.id FROM fulfillment_allocation a
            JOIN fulfillment_stock s ON s.id = a.stock_id
            JOIN coop_bin b ON b.node_id = a.node_id AND b.kind = %s
            JOIN fulfillment_stock p ON p.sku_id = s.sku_id AND p.bin_id = b.id
                                     AND p.lot_id IS NOT DISTINCT FROM s.lot_id
            WHERE a.id = ANY(%s::uuid[])
            """,
            [Bin.Kind.PACKING, [row.pk for row in rows]],
        )
        found = dict(cursor.fetchall())
    if len(found) != len(rows):
        raise NotAtPacking("Picked goods are not in the packing bin. Move them there first.")
    return found


def _write_picked(rows: Sequence[Allocation], packing: dict[UUID, UUID], told: dict[UUID, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_allocation a SET state = 'picked', quantity = d.quantity, stock_id = d.stock_id
            FROM unnest(%s::uuid[], %s::int[], %s::uuid[]) AS d (id, quantity, stock_id)
            WHERE a.id = d.id AND a.state = 'waved'
            """,
            [[row.pk for row in rows], [told[row.pk] for row in rows], [packing[row.pk] for row in rows]],
        )
        if cursor.rowcount != len(rows):
            raise AllocationMoved("Somebody else confirmed one of these picks in the same moment.")


def _split_short(rows: Sequence[Allocation], told: dict[UUID, int]) -> None:
    """Keep what was not found as freed allocations, and let the lines fall short by it."""
    _move([row for row in rows if not told[row.pk]], {State.WAVED}, State.FREED)
    Allocation.objects.bulk_create(_remainder(row, told[row.pk]) for row in rows if told[row.pk])
    bins = dict(Bin.objects.filter(pk__in={row.bin_id for row in rows}).values_list("pk", "code"))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_orderline l
            SET quantity_allocated = l.quantity_allocated - d.missing, shortage = d.words, shortage_code = %s
            FROM (SELECT line_id, sum(missing) AS missing,
                         left(sum(missing) || ' missing at pick in bin ' || string_agg(bin, ', '), 200) AS words
                  FROM unnest(%s::uuid[], %s::int[], %s::text[]) AS a (line_id, missing, bin) GROUP BY line_id) d
            WHERE l.id = d.line_id
            """,
            [
                Shortage.PICK_SHORT.value,
                [row.line_id for row in rows],
                [row.quantity - told[row.pk] for row in rows],
                [bins[row.bin_id] for row in rows],
            ],
        )


def _remainder(row: Allocation, picked: int) -> Allocation:
    return Allocation(
        id=derived("short", row.pk),
        member_id=row.member_id,
        order_id=row.order_id,
        line_id=row.line_id,
        node_id=row.node_id,
        stock_id=row.stock_id,
        sku_id=row.sku_id,
        bin_id=row.bin_id,
        quantity=row.quantity - picked,
        state=State.FREED,
        ship_by=row.ship_by,
        allocated_at=row.allocated_at,
        allocated_by_id=row.allocated_by_id,
    )


def _allocate_later(order_ids: Collection[UUID]) -> None:
    if order_ids:
        send_after_commit("fulfillment.orders.allocate_these", sorted(map(str, order_ids)))
