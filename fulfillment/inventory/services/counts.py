"""Counting bins, and setting the books right by what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Conflict, Invalid
from coop.kernel.locks import lock_rows
from coop.models import Node, User
from fulfillment.activity.models import Kind
from fulfillment.activity.services import Work, record
from fulfillment.inventory.errors import CountBelowPromised
from fulfillment.inventory.models import CountTask, Stock, StockMove
from fulfillment.inventory.services.moves import Move, move_stock


@dataclass(frozen=True, slots=True)
class Place:
    """A SKU in a bin: what can be counted."""

    node_id: UUID
    member_id: UUID
    sku_id: UUID
    bin_id: UUID
    lot_id: UUID | None = None

    @classmethod
    def of(cls, stock: Stock) -> Place:
        """The place of a stock row."""
        return cls(stock.node_id, stock.member_id, stock.sku_id, stock.bin_id, stock.lot_id)


@act
def open_count(*, places: Sequence[Place], reason: str) -> int:
    """Ask for these places to be counted; a place that already waits for a count is left as it is.

    Returns how many places are newly asked for.
    """
    now = clock.now()
    wanted = {(p.bin_id, p.sku_id, p.lot_id): p for p in places}
    waiting = set(
        CountTask.objects.filter(
            state=CountTask.State.OPEN, bin_id__in={p.bin_id for p in places}
        ).values_list("bin_id", "sku_id", "lot_id")
    )
    tasks = [
        CountTask(
            node_id=p.node_id,
            member_id=p.member_id,
            sku_id=p.sku_id,
            bin_id=p.bin_id,
            lot_id=p.lot_id,
            reason=reason[:120],
            opened_at=now,
        )
        for key, p in wanted.items()
        if key not in waiting
    ]
    # Somebody else may open the same count between the look and the insert; then theirs stands.
    CountTask.objects.bulk_create(tasks, ignore_conflicts=True, batch_size=1000)
    return len(tasks)


@act
def record_count(*, task: CountTask, counted: int, by: User | None = None) -> CountTask:
    """Book what was counted; the difference becomes an ADJUSTED move that points at the count.

    The same number told twice is booked once. Raises CountBelowPromised when orders are promised more than was
    counted, Conflict when this count is done with another number.
    """
    if counted < 0:
        raise Invalid("Count 0 or more.", field="counted")
    [task] = lock_rows(CountTask.objects.select_related("node", "sku", "bin").filter(pk=task.pk))
    if task.state == CountTask.State.DONE:
        if task.counted == counted:
            return task
        raise Conflict(f"Bin {task.bin.code} is counted already: {task.counted}. Ask for a new count.")
    held = lock_rows(Stock.objects.filter(sku=task.sku_id, bin=task.bin_id, lot=task.lot_id))
    on_hand, allocated = (held[0].on_hand, held[0].allocated) if held else (0, 0)
    if counted < allocated:
        raise CountBelowPromised(
            f"{allocated} pieces of {task.sku.code} in {task.bin.code} are promised to orders, {counted} are there. "
            "Report the pick as short first, then count again.",
            field="counted",
        )
    if counted != on_hand:
        move_stock(moves=[_difference(task, counted - on_hand, by)])
    task.state, task.counted = CountTask.State.DONE, counted
    task.counted_by, task.counted_at = by, clock.now()
    task.save(update_fields=["state", "counted", "counted_by", "counted_at"])
    record([_work(task, by)])
    return task


@act
def adjust_stock(*, place: Place, counted: int, reason: str, by: User | None = None) -> CountTask:
    """Set what lies in a place to what was found there, with the reason in words. Raises as `record_count` does."""
    if not reason.strip():
        raise Invalid("Say why, so that the difference can be explained later.", field="reason")
    open_count(places=[place], reason=reason)
    [task] = lock_rows(
        CountTask.objects.filter(
            bin=place.bin_id, sku=place.sku_id, lot=place.lot_id, state=CountTask.State.OPEN
        )
    )
    # A count that was waiting anyway is answered by this one, for the reason given now.
    task.reason = reason[:120]
    task.save(update_fields=["reason"])
    return record_count(task=task, counted=counted, by=by)


def _difference(task: CountTask, difference: int, by: User | None) -> Move:
    return Move(
        sku_id=task.sku_id,
        member_id=task.member_id,
        node_id=task.node_id,
        quantity=abs(difference),
        reason=StockMove.Reason.ADJUSTED,
        source_type="count",
        source_id=task.pk,
        from_bin_id=task.bin_id if difference < 0 else None,
        to_bin_id=task.bin_id if difference > 0 else None,
        lot_id=task.lot_id,
        worker_id=by.pk if by else None,
    )


def _work(task: CountTask, by: User | None) -> Work:
    node: Node = task.node
    return Work(
        kind=Kind.COUNT,
        member_id=task.member_id,
        node=node,
        quantity=1,
        source_type="count",
        source_id=task.pk,
        sku_id=task.sku_id,
        storage_class=task.sku.storage_class,
        worker_id=by.pk if by else None,
        reference=task.bin.code,
    )
