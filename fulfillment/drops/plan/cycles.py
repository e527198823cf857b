"""What changes cycles and makes their runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from coop.kernel import clock
from coop.kernel.acts import act
from coop.models import Closure, Node, User
from fulfillment.drops.errors import BadRule
from fulfillment.drops.models import CycleRun, ReplenishmentCycle
from fulfillment.drops.plan.run_times import Times, run_days, times_of

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
    cycle = ReplenishmentCycle(
        node=node,
        name=name,
        rrule=rrule.strip().upper().removeprefix("RRULE:"),
        starts_on=starts_on,
        dock_opens=dock_opens,
        dock_closes=dock_closes,
        announce_days=announce_days,
        available_hours=available_hours,
    )
    check_rule(cycle)
    cycle.save(force_insert=True)
    plan_runs(cycle=cycle, until=clock.today(node.timezone) + dt.timedelta(days=HORIZON_DAYS))
    return cycle


@act
def plan_runs(*, cycle: ReplenishmentCycle, until: dt.date) -> int:
    """Make the cycle's runs from today up to `until`, none twice. Returns how many are new.

    A day on which the node is closed has no run.
    """
    found = times_by_day(cycle, until=until).values()
    known = set(
        CycleRun.objects.filter(cycle=cycle, dock_from__in=[t.dock_from for t in found]).values_list(
            "dock_from", flat=True
        )
    )
    new = [CycleRun(cycle=cycle, **asdict(times)) for times in found if times.dock_from not in known]
    CycleRun.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def times_by_day(cycle: ReplenishmentCycle, *, until: dt.date | None = None) -> dict[dt.date, Times]:
    """The times of the runs that a cycle has by its rule, from today (or its start) up to `until` (the horizon), by the
    dock's day. Raises BadRule."""
    node = cycle.node
    today = clock.today(node.timezone)
    first, last = max(cycle.starts_on, today), until or today + dt.timedelta(days=HORIZON_DAYS)
    closed = set(Closure.objects.filter(node=node, day__range=(first, last)).values_list("day", flat=True))
    return {
        day: times_of(
            day,
            zone=node.zone,
            dock_opens=cycle.dock_opens,
            dock_closes=cycle.dock_closes,
            announce_days=cycle.announce_days,
            available_hours=cycle.available_hours,
        )
        for day in run_days(cycle.rrule, cycle.starts_on, first, last)
        if day not in closed
    }


def check_rule(cycle: ReplenishmentCycle) -> None:
    """Raises BadRule for a rule that cannot be read or does not happen within the horizon."""
    first = max(cycle.starts_on, clock.today(cycle.node.timezone))
    if not run_days(cycle.rrule, cycle.starts_on, first, first + dt.timedelta(days=HORIZON_DAYS)):
        raise BadRule(f"This rule has no day in the {HORIZON_DAYS} days to come.", field="rrule")
