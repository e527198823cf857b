"""Which run comes next, and putting a drop on other runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fulfillment.drops.models import CycleRun, Drop, DropLeg
from fulfillment.drops.plan.run_times import Moved

# How many runs further on are tried.
MOST_RUNS = 8


def next_run(run: CycleRun, later: int = 1) -> CycleRun | None:
    """The run that comes `later` turns after this one in its cycle, of those that take place."""
    rows = CycleRun.objects.filter(cycle_id=run.cycle_id, dock_from__gt=run.dock_from, is_off=False)
    return rows.select_related("cycle__node").order_by("dock_from")[later - 1 : later].first()


def moved(before: CycleRun, after: CycleRun) -> Moved:
    """How the goods of a leg move in time when it changes its run."""
    return after.cycle.node.zone, before.available_from, after.available_from


def ride(drop: Drop, legs: Sequence[DropLeg], runs: Mapping[UUID, CycleRun]) -> None:
    """Write a locked drop's times (already changed on it) and the runs of its legs."""
    # At every moment the opening lies after all goods: first the later of both openings, then the runs, then the opening.
    before = Drop.objects.values_list("opens_at", flat=True).get(pk=drop.pk)
    opens_at = drop.opens_at
    drop.opens_at = max(before, opens_at)
    if drop.closes_at is not None and drop.closes_at <= drop.opens_at:
        Drop.objects.filter(pk=drop.pk).update(closes_at=None)
    Drop.objects.filter(pk=drop.pk).update(opens_at=drop.opens_at)
    for leg in legs:
        if (run := runs.get(leg.pk)) is not None:
            leg.run, leg.available_from = run, run.available_from
            leg.save(update_fields=["run", "available_from"])
    drop.opens_at = opens_at
    drop.save(update_fields=["opens_at", "closes_at", "preorders_from"])
    for leg in legs:
        leg.opens_at = opens_at
