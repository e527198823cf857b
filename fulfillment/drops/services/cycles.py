"""What changes cycles and makes their runs."""

from __future__ import annotations

import datetime as dt

from coop import clock
from coop.acts import act
from coop.models import Closure, Node, User
from fulfillment.drops.errors import BadRule
from fulfillment.drops.models import CycleRun, ReplenishmentCycle
from fulfillment.drops.schedule import run_days, times_of

# How far ahead members can plan.
HORIZON_DAYS = 120


@act
def save_cycle(
    *,
    node: Node,
    name: str,
    rrule: str,
    starts_on: dt.date,
    dock_opens: dt.time,
    dock_closes: dt.time,
    announce_days: int = 2,
    available_hours: int = 24,
    by: User | None = None,
) -> ReplenishmentCycle:
    """Give a node a replenishment cycle, with its runs up to the horizon.

    Raises BadRule for a rule that cannot be read or does not happen within the horizon.
    """
    rrule = rrule.strip().upper().removeprefix("RRULE:")
    today = clock.today(node.timezone)
    first = max(starts_on, today)
    if not run_days(rrule, starts_on, first, first + dt.timedelta(days=HORIZON_DAYS)):
        raise BadRule(f"This rule has no day in the {HORIZON_DAYS} days to come.", field="rrule")
    cycle = ReplenishmentCycle.objects.create(
        node=node,
        name=name,
        rrule=rrule,
        starts_on=starts_on,
        dock_opens=dock_opens,
        dock_closes=dock_closes,
        announce_days=announce_days,
        available_hours=available_hours,
    )
    plan_runs(cycle=cycle, until=today + dt.timedelta(days=HORIZON_DAYS))
    return cycle


@act
def plan_runs(*, cycle: ReplenishmentCycle, until: dt.date) -> int:
    """Make the cycle's runs from today up to `until`, none twice. Returns how many are new.

    A day on which the node is closed has no run.
    """
    node = cycle.node
    first = max(cycle.starts_on, clock.today(node.timezone))
    closed = set(Closure.objects.filter(node=node, day__range=(first, until)).values_list("day", flat=True))
    runs = []
    for day in run_days(cycle.rrule, cycle.starts_on, first, until):
        if day in closed:
            continue
        times = times_of(
            day,
            zone=node.zone,
            dock_opens=cycle.dock_opens,
            dock_closes=cycle.dock_closes,
            announce_days=cycle.announce_days,
            available_hours=cycle.available_hours,
        )
        runs.append(
            CycleRun(
                cycle=cycle,
                announce_by=times.announce_by,
                dock_from=times.dock_from,
                dock_until=times.dock_until,
                available_from=times.available_from,
            )
        )
    known = set(
        CycleRun.objects.filter(cycle=cycle, dock_from__in=[r.dock_from for r in runs]).values_list(
            "dock_from", flat=True
        )
    )
    new = [run for run in runs if run.dock_from not in known]
    CycleRun.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
