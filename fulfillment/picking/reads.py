"""How far walks and waves are, and where an order stands in the queues: said here once, for every page."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from coop.models import Node
from fulfillment.orders.models import Allocation
from fulfillment.picking.models import Batch, PickTask, Wave

State = PickTask.State


def stop_counts(path: str = "") -> dict[str, Count]:
    """Counts of pick tasks to annotate or aggregate with: `stops` that somebody has to stand at, `done` of them, `short`
    among those, and what was `passed` by, which is no stop any more. `path` leads from the counted row to its tasks."""
    prefix = f"{path}__" if path else ""

    def count(*states: str) -> Count:
        return Count(f"{prefix}pk", filter=Q(**{f"{prefix}state__in": states}))

    return {
        "stops": count(State.OPEN, State.PICKED, State.SHORT),
        "done": count(State.PICKED, State.SHORT),
        "short": count(State.SHORT),
        "passed": count(State.PASSED),
    }


def waves(node: Node) -> QuerySet[Wave]:
    """Waves that run, the oldest first, with their stop counts and the `walks` under way."""
    return (
        Wave.objects.filter(node=node, state=Wave.State.RELEASED)
        .annotate(
            **stop_counts("batches__tasks"),
            walks=Count("batches", filter=Q(batches__state=Batch.State.WALKING), distinct=True),
            open_walks=Count("batches", filter=Q(batches__state=Batch.State.OPEN), distinct=True),
        )
        .order_by("released_at")
    )


def people(node: Node) -> QuerySet[Batch]:
    """Who walks now, with the stop counts of the walk."""
    return (
        Batch.objects.filter(node=node, state=Batch.State.WALKING)
        .select_related("picker", "cart", "wave__node")
        .annotate(**stop_counts("tasks"))
        .order_by("claimed_at")
    )


def positions(member_id: UUID, order_id: UUID) -> list[dict[str, object]]:
    """Where an order's goods stand in the queues: node, place in the line, orders in it; nothing of whose they are."""
    own = list(
        Allocation.objects.filter(member_id=member_id, order_id=order_id, state=Allocation.State.QUEUED)
        .order_by("node_id", F("ship_by").asc(nulls_last=True))
        .distinct("node_id")
        .select_related("node")
    )
    found: list[dict[str, object]] = []
    for mine in own:
        queue = Allocation.objects.filter(node_id=mine.node_id, state=Allocation.State.QUEUED).order_by()
        ahead = Q(ship_by__lt=mine.ship_by) | Q(ship_by=mine.ship_by, order_id__lt=order_id)
        if mine.ship_by is None:
            ahead = Q(ship_by__isnull=False) | Q(order_id__lt=order_id)
        sums = queue.aggregate(
            ahead=Count("order", distinct=True, filter=ahead & ~Q(order_id=order_id)),
            orders=Count("order", distinct=True),
        )
        found.append(
            {"node": mine.node, "place": sums["ahead"] + 1, "orders": sums["orders"], "ship_by": mine.ship_by}
        )
    return found
