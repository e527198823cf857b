from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.runtime.audit import proof


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@proof("every finished pick is one act of picking of its quantity")
def picks_are_recorded_once() -> Iterator[str]:
    for task, picked, recorded in _rows(
        """
        SELECT t.id, t.quantity_picked, coalesce(sum(a.quantity) FILTER (WHERE a.reverses_id IS NULL), 0)
        FROM fulfillment_picktask t
        LEFT JOIN fulfillment_activity a ON a.kind = 'pick' AND a.source_id = t.id
        GROUP BY t.id HAVING t.quantity_picked <> coalesce(sum(a.quantity) FILTER (WHERE a.reverses_id IS NULL), 0)
        """
    ):
        yield f"pick task {task} picked {picked}, the record of work says {recorded}"


@proof("every act of picking belongs to a pick task")
def recorded_picks_have_their_task() -> Iterator[str]:
    for activity, source in _rows(
        """
        SELECT a.id, a.source_id FROM fulfillment_activity a
        WHERE a.kind = 'pick' AND a.source_type = 'fulfillment.PickTask' AND a.reverses_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM fulfillment_picktask t WHERE t.id = a.source_id)
        """
    ):
        yield f"activity {activity} says that {source} was picked, but there is no such pick task"


@proof("picked goods moved from their shelf to the packing bin, piece by piece")
def picks_moved_the_goods() -> Iterator[str]:
    for task, picked, moved in _rows(
        """
        SELECT t.id, t.quantity_picked, coalesce(m.quantity, 0)
        FROM fulfillment_picktask t
        LEFT JOIN fulfillment_stockmove m ON m.reason = 'picked' AND m.source_id = t.id AND m.from_bin_id = t.bin_id
        WHERE t.quantity_picked <> coalesce(m.quantity, 0)
        """
    ):
        yield f"pick task {task} picked {picked}, the ledger of goods says {moved}"


@proof("a pick task and its allocation tell the same story")
def tasks_agree_with_allocations() -> Iterator[str]:
    for task, state, quantity, allocation, promised in _rows(
        """
        SELECT t.id, t.state, t.quantity_picked, a.state, a.quantity
        FROM fulfillment_picktask t
        JOIN fulfillment_allocation a ON a.id = t.allocation_id
        JOIN fulfillment_order o ON o.id = t.order_id
        WHERE NOT CASE
            WHEN t.state = 'open' THEN a.state = 'waved' OR (a.state = 'freed' AND o.state = 'cancelled')
            WHEN t.state = 'passed' THEN a.state = 'freed' AND o.state = 'cancelled'
            WHEN t.quantity_picked = 0 THEN a.state = 'freed'
            ELSE a.state IN ('picked', 'shipped') AND a.quantity = t.quantity_picked
        END
        """
    ):
        yield f"pick task {task} is {state} with {quantity}, its allocation {allocation} with {promised}"


@proof("a short stop wrote off exactly what was missing; a stop that was passed by booked nothing at all")
def closed_stops_booked_what_they_say() -> Iterator[str]:
    for task, state, missing, written_off in _rows(
        """
        SELECT t.id, t.state, t.quantity - t.quantity_picked, coalesce(sum(m.quantity), 0)
        FROM fulfillment_picktask t
        LEFT JOIN fulfillment_stockmove m ON m.source_id = t.id AND m.source_type = 'fulfillment.PickTask'
                                         AND m.reason = 'short'
        WHERE t.state <> 'open'
        GROUP BY t.id
        HAVING coalesce(sum(m.quantity), 0) <> CASE t.state WHEN 'passed' THEN 0 ELSE t.quantity - t.quantity_picked END
        """
    ):
        yield f"pick task {task} is {state} with {missing} missing, the ledger of goods wrote {written_off} off"


@proof("what is in a wave has a pick task, and only that")
def waved_goods_have_a_task() -> Iterator[str]:
    for (allocation,) in _rows(
        """
        SELECT a.id FROM fulfillment_allocation a
        WHERE a.state = 'waved' AND NOT EXISTS (SELECT 1 FROM fulfillment_picktask t WHERE t.allocation_id = a.id)
        """
    ):
        yield f"allocation {allocation} is in a wave, but no walk has a stop for it"


@proof("walks and waves are done when all their stops are")
def done_means_done() -> Iterator[str]:
    for batch, state, left in _rows(
        """
        SELECT b.id, b.state, count(*) FILTER (WHERE t.state = 'open')
        FROM fulfillment_batch b JOIN fulfillment_picktask t ON t.batch_id = b.id
        GROUP BY b.id HAVING (b.state = 'done') <> (count(*) FILTER (WHERE t.state = 'open') = 0)
        """
    ):
        yield f"batch {batch} is {state} with {left} open stops"
    for wave, state, left in _rows(
        """
        SELECT w.id, w.state, count(*) FILTER (WHERE b.state <> 'done')
        FROM fulfillment_wave w JOIN fulfillment_batch b ON b.wave_id = w.id
        GROUP BY w.id HAVING (w.state = 'done') <> (count(*) FILTER (WHERE b.state <> 'done') = 0)
        """
    ):
        yield f"wave {wave} is {state} with {left} unfinished batches"
