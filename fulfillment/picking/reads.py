"""How far walks and waves are, and where an order stands in the queues: said here once, for every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from coop.models import Node
from fulfillment.orders.models import Allocation
from fulfillment.picking.models import Batch, PickTask, Wave, passed_by, still_open

State = PickTask.State


def stop_counts(path: str = "") -> dict[str, Count]:
    """Counts of pick tasks to annotate or aggregate with: `stops` that somebody has to stand at, `done` of them, which
    are `picked` or `short`, and what was `passed` by, which is no stop any more. `path` leads from the counted row to
    its tasks."""
    prefix = f"{path}__" if path else ""

    def count(which: Q) -> Count:
        return Count(f"{prefix}pk", filter=which)

    picked, short = Q(**{f"{prefix}state": State.PICKED}), Q(**{f"{prefix}state": State.SHORT})
    return {
        "stops": count(picked | short | still_open(path)),
        "done": count(picked | short),
        "picked": count(picked),
        "short": count(short),
        "passed": count(passed_by(path)),
    }


def wave_totals(wave: Wave) -> dict[str, Any]:
    """The stop counts of a wave, what there is to walk for, and beside it the orders and pieces that were passed by."""
    gone = passed_by()
    return PickTask.objects.filter(batch__wave=wave).aggregate(
        **stop_counts(),
        orders=Count("order", distinct=True, filter=~gone),
        members=Count("member", distinct=True, filter=~gone),
        pieces=Sum("quantity", filter=~gone, default=0),
        orders_passed=Count("order", distinct=True, filter=gone),
        pieces_passed=Sum("quantity", filter=gone, default=0),
    )


def open_walks(node: Node) -> QuerySet[Batch]:
    """Walks that somebody could set out on."""
    return Batch.objects.filter(_has_stops("batch"), node=node, state=Batch.State.OPEN)


def cancelled_under_way(batch: Batch) -> Sequence[Mapping[str, object]]:
    """Orders that were cancelled since the picker set out, with how many `stops` of the walk that spares."""
    return list(
        PickTask.objects.filter(passed_by(), batch=batch, order__cancelled_at__gte=batch.claimed_at)
        .order_by()
        .values("order__number", "tote")
        .annotate(stops=Count("pk"))
        .order_by("tote")
    )


def waves(node: Node) -> QuerySet[Wave]:
    """Waves that run, the oldest first, with their stop counts and the `walks` under way."""
    walking, open_ = Q(batches__state=Batch.State.WALKING), Q(batches__state=Batch.State.OPEN)
    walked = Exists(Batch.objects.filter(wave=OuterRef("pk"), state=Batch.State.WALKING))
    return (
        Wave.objects.filter(walked | _has_stops("batch__wave"), node=node, state=Wave.State.RELEASED)
        .annotate(
            **stop_counts("batches__tasks"),
            walks=Count("batches", filter=walking, distinct=True),
            open_walks=Count("batches", filter=open_ & still_open("batches__tasks"), distinct=True),
        )
        .order_by("released_at")
    )


def _has_stops(path: str) -> Exists:
    return Exists(PickTask.objects.filter(still_open(), **{path: OuterRef("pk")}))


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
