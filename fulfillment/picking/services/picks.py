"""A stop is done: the goods are in the tote, or some of them were not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.ids import derived
from coop.kernel.locks import lock_rows
from coop.models import Bin, Node, User
from coop.runtime import failpoints
from fulfillment.activity.models import Kind
from fulfillment.activity.services import Work, record
from fulfillment.inventory.errors import NoStagingBin
from fulfillment.inventory.models import Stock, StockMove
from fulfillment.inventory.services import Move, Place, move_stock, open_count
from fulfillment.orders.models import Order
from fulfillment.orders.services import PickedPart, lock_orders_of, note_picked
from fulfillment.picking.errors import NotInThisBatch, NotYourBatch, PickedOtherwise, PickedTooMuch
from fulfillment.picking.models import Batch, PickTask, Wave, passed_by

failpoints.declare("fulfillment.picking.moved", "fulfillment.picking.recorded")

SOURCE = "fulfillment.PickTask"


@dataclass(frozen=True, slots=True)
class PickResult:
    """What was found at a stop; fewer pieces than asked for is a short pick."""

    task_id: UUID
    quantity: int


@dataclass(frozen=True)
class Confirmed:
    """What a confirmation changed. `known` was told before; goods of a `cancelled` order go back where they lay."""

    picked: list[UUID] = field(default_factory=list)
    short: list[UUID] = field(default_factory=list)
    known: list[UUID] = field(default_factory=list)
    cancelled: list[UUID] = field(default_factory=list)
    batch_done: bool = False
    wave_done: bool = False


@act
def confirm_picks(*, batch: Batch, results: Sequence[PickResult], by: User | None) -> Confirmed:
    """Book stops of a walk: goods go from shelf to packing bin, each stop is one act of picking, set-based.

    A short pick takes what is missing off the books (and what else the books thought free in that bin), asks for a
    count and gives the order's line back to be allocated elsewhere. The same result told twice is booked once.
    Raises NotInThisBatch, NotYourBatch, PickedTooMuch, PickedOtherwise; then nothing is booked.
    """
    told = {result.task_id: result.quantity for result in results}
    allocations = PickTask.objects.filter(batch=batch.pk, pk__in=told).values_list("allocation_id", flat=True)
    lock_orders_of(allocation_ids=list(allocations))
    [locked] = lock_rows(Batch.objects.filter(pk=batch.pk).select_related("node"))
    tasks = list(
        PickTask.objects.filter(batch=locked, pk__in=told)
        .select_related("order", "sku", "allocation__stock")
        .order_by("sequence")
    )
    live = [t for t in tasks if t.order.state != Order.State.CANCELLED]
    fresh, known = _sort_out(locked, live, told, by, asked=len(tasks))
    if fresh:
        _book(locked, fresh, told, by or locked.picker)
    passed_by = pass_by_cancelled(locked)
    done = finish_if_done(locked)
    return Confirmed(
        picked=[t.pk for t in fresh if told[t.pk] == t.quantity],
        short=[t.pk for t in fresh if told[t.pk] < t.quantity],
        known=known,
        cancelled=[t.pk for t in tasks if t.order.state == Order.State.CANCELLED],
        batch_done=done,
        wave_done=(bool(fresh) or passed_by > 0) and done and finish_wave(locked.wave_id),
    )


def pass_by_cancelled(batch: Batch) -> int:
    """Close the open stops of orders that were cancelled under way: nothing is taken, nothing is recorded."""
    return close_passed_by(PickTask.objects.filter(batch=batch))


def close_passed_by(stops: QuerySet[PickTask]) -> int:
    """The same for any stops; the caller holds the locks of their walks."""
    return stops.filter(passed_by(), state=PickTask.State.OPEN).update(
        state=PickTask.State.PASSED, picked_at=clock.now()
    )


def finish_if_done(batch: Batch) -> bool:
    """A walk without an open stop is done. The caller holds its lock."""
    if batch.state == Batch.State.DONE:
        return True
    if PickTask.objects.filter(batch=batch, state=PickTask.State.OPEN).exists():
        return False
    batch.state, batch.done_at = Batch.State.DONE, clock.now()
    batch.save(update_fields=["state", "done_at"])
    return True


def _sort_out(
    batch: Batch, tasks: Sequence[PickTask], told: dict[UUID, int], by: User | None, *, asked: int
) -> tuple[list[PickTask], list[UUID]]:
    """The stops that are news, and the ids of those that were told before. Raises when any of them cannot be."""
    if asked < len(told):
        raise NotInThisBatch("This stop belongs to another walk. Open your own walk again.")
    fresh, known = [], []
    for task in tasks:
        quantity = told[task.pk]
        if task.state == PickTask.State.OPEN:
            fresh.append(task)
        elif task.quantity_picked == quantity:
            known.append(task.pk)
        else:
            raise PickedOtherwise(
                f"This stop is booked already: {task.quantity_picked} of {task.quantity}. Ask an operator to count."
            )
        if not 0 <= quantity <= task.quantity:
            raise PickedTooMuch(
                f"Asked for {task.quantity}, told {quantity}. Put the rest back into the bin.",
                field="quantity",
            )
    if fresh and by is not None and batch.picker_id != by.pk:
        raise NotYourBatch("Somebody else walks this batch now. Get your own work.")
    return fresh, known


def _book(batch: Batch, tasks: Sequence[PickTask], told: dict[UUID, int], picker: User | None) -> None:
    short = [t for t in tasks if told[t.pk] < t.quantity]
    worker_id = picker.pk if picker else None
    if short:
        # Counts come before stock in the order of locks: who adjusts this bin in the same moment holds its count already.
        open_count(places=_places(short), reason=_why_count(short, told))
    move_stock(moves=_moves(batch.node, tasks, told, worker_id))
    failpoints.reach("fulfillment.picking.moved")
    _close(tasks, told, worker_id)
    record([_work(batch.node, t, told[t.pk], worker_id) for t in tasks if told[t.pk]])
    failpoints.reach("fulfillment.picking.recorded")
    note_picked(picks=[PickedPart(t.allocation_id, told[t.pk]) for t in tasks])
    if short:
        _write_off_rest(short, worker_id)


def packing_bin(node: Node) -> Bin:
    """The node's bin for picked goods. Raises NoStagingBin."""
    found = Bin.objects.filter(node=node, kind=Bin.Kind.PACKING).first()
    if found is None:
        raise NoStagingBin(f"{node.name} has no bin for picked goods. Set one up first.")
    return found


def _moves(
    node: Node, tasks: Sequence[PickTask], told: dict[UUID, int], worker_id: UUID | None
) -> list[Move]:
    """What was found goes to the bench, what was missing leaves the books; the promise goes with both."""
    bench, reasons = packing_bin(node), StockMove.Reason
    found = [(t, reasons.PICKED, told[t.pk], bench.pk) for t in tasks if told[t.pk]]
    missing = [(t, reasons.SHORT, t.quantity - told[t.pk], None) for t in tasks if told[t.pk] < t.quantity]
    return [
        _move(t, reason, pieces, t.pk, worker_id, to_bin_id=to, promised=True)
        for t, reason, pieces, to in [*found, *missing]
    ]


def _move(
    task: PickTask,
    reason: str,
    quantity: int,
    source_id: UUID,
    worker_id: UUID | None,
    *,
    to_bin_id: UUID | None,
    promised: bool,
) -> Move:
    return Move(
        sku_id=task.sku_id,
        member_id=task.member_id,
        node_id=task.node_id,
        quantity=quantity,
        reason=reason,
        source_type=SOURCE,
        source_id=source_id,
        from_bin_id=task.bin_id,
        to_bin_id=to_bin_id,
        lot_id=task.allocation.stock.lot_id,
        worker_id=worker_id,
        promised=promised,
    )


def _write_off_rest(short: Sequence[PickTask], worker_id: UUID | None) -> None:
    """Who found too few took all there was: the books keep only what other orders are promised, until it is counted.

    Otherwise the line would be allocated to the same empty bin again. The rows are locked by the moves before.
    """
    rest = {s.pk: s.available for s in Stock.objects.filter(pk__in=[t.allocation.stock_id for t in short])}
    move_stock(
        moves=[
            _move(
                task,
                StockMove.Reason.SHORT,
                free,
                derived("short-rest", task.pk),
                worker_id,
                to_bin_id=None,
                promised=False,
            )
            for task in short
            if (free := rest.pop(task.allocation.stock_id, 0))
        ]
    )


def _places(short: Sequence[PickTask]) -> list[Place]:
    return [
        Place(
            node_id=t.node_id,
            member_id=t.member_id,
            sku_id=t.sku_id,
            bin_id=t.bin_id,
            lot_id=t.allocation.stock.lot_id,
        )
        for t in short
    ]


def _why_count(short: Sequence[PickTask], told: dict[UUID, int]) -> str:
    first = short[0]
    return f"Short at a pick: {told[first.pk]} of {first.quantity} found for order {first.order.number}"


def _close(tasks: Sequence[PickTask], told: dict[UUID, int], worker_id: UUID | None) -> None:
    rows = [
        (
            t.pk,
            PickTask.State.PICKED if told[t.pk] == t.quantity else PickTask.State.SHORT,
            told[t.pk],
        )
        for t in tasks
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE fulfillment_picktask t
            SET state = d.state, quantity_picked = d.quantity, picked_by_id = %s, picked_at = %s
            FROM unnest(%s::uuid[], %s::text[], %s::int[]) AS d (id, state, quantity)
            WHERE t.id = d.id AND t.state = 'open'
            """,
            [worker_id, clock.now(), *(list(column) for column in zip(*rows, strict=True))],
        )


def _work(node: Node, task: PickTask, quantity: int, worker_id: UUID | None) -> Work:
    return Work(
        kind=Kind.PICK,
        member_id=task.member_id,
        node=node,
        quantity=quantity,
        source_type=SOURCE,
        source_id=task.pk,
        sku_id=task.sku_id,
        storage_class=task.sku.storage_class,
        worker_id=worker_id,
        reference=task.order.number,
    )


def finish_wave(wave_id: UUID) -> bool:
    """Two last batches at once: the second waits here for the first, so that one of them sees that all are done."""
    [wave] = lock_rows(Wave.objects.filter(pk=wave_id))
    if _unfinished(wave).exists():
        return False
    wave.state, wave.done_at = Wave.State.DONE, clock.now()
    wave.save(update_fields=["state", "done_at"])
    return True


def _unfinished(wave: Wave) -> QuerySet[Batch]:
    return Batch.objects.filter(wave=wave).exclude(state=Batch.State.DONE)
