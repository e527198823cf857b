from __future__ import annotations

from collections.abc import Iterator

from fulfillment.orders.models import Order
from fulfillment.orders.story import Event, event, pieces, tells
from fulfillment.picking.models import PickTask

State = PickTask.State


@tells
def picked(order: Order) -> Iterator[Event]:
    """Its waves, and what was found at each stop. Where nobody stood there is nothing to tell."""
    tasks = list(PickTask.objects.filter(order=order).select_related("batch__wave", "node", "bin"))
    for wave in {task.batch.wave for task in tasks}:
        yield event(f"Released in wave {wave.number}", wave.released_at)
    for task in tasks:
        if task.picked_at is None or task.state == State.PASSED:
            continue
        place = f"in bin {task.bin.code}, {task.node}"
        if task.state == State.SHORT:
            words = f"{task.quantity_picked} of {task.quantity} found {place}"
            yield event(words, task.picked_at, tone="warn")
        else:
            yield event(f"{pieces(task.quantity)} picked {place}", task.picked_at)
