"""What changes cycles, their runs and the drops that ride on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from coop import clock
from coop.acts import act
from coop.errors import Invalid
from coop.locks import lock_rows
from coop.models import Closure, Member, Node, Sku, User
from fulfillment.drops.errors import BadRule, DropIsOver, OpensTooEarly, TooLateForRun
from fulfillment.drops.models import CycleRun, Drop, DropLine, ReplenishmentCycle
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


@act
def schedule_drop(
    *,
    member: Member,
    run: CycleRun,
    title: str,
    opens_at: dt.datetime,
    lines: Sequence[tuple[Sku, int]],
    story: str = "",
    closes_at: dt.datetime | None = None,
    by: User | None = None,
) -> Drop:
    """Schedule a drop of the member's SKUs on a run.

    Raises OpensTooEarly before the run's goods are available, TooLateForRun when they can no longer be announced,
    Invalid for an empty list, somebody else's SKU, or an end before the opening.
    """
    if run.announce_by < clock.now():
        raise TooLateForRun(
            "The goods of this run had to be announced by now. Take the next one.", field="run"
        )
    if opens_at < run.available_from:
        ready = run.available_from.astimezone(run.cycle.node.zone)
        raise OpensTooEarly(
            f"The goods of this run can be sold from {ready:%a %d %b %Y %H:%M} (node time). Open then or later.",
            field="opens_at",
        )
    if closes_at is not None and closes_at <= opens_at:
        raise Invalid(
            "A drop closes after it opens, or stays open.", code="closes_too_early", field="closes_at"
        )
    _check_lines(member, lines)
    drop = Drop.objects.create(
        member=member,
        run=run,
        title=title,
        story=story,
        available_from=run.available_from,
        opens_at=opens_at,
        closes_at=closes_at,
        scheduled_by=by,
        scheduled_at=clock.now(),
    )
    DropLine.objects.bulk_create([DropLine(drop=drop, sku=sku, quantity=quantity) for sku, quantity in lines])
    return drop


@act
def cancel_drop(*, drop: Drop, by: User | None = None) -> Drop:
    """Call a planned drop off. Raises DropIsOver once it is live, closed or cancelled."""
    [drop] = lock_rows(Drop.objects.filter(pk=drop.pk))
    if drop.state != Drop.State.PLANNED:
        raise DropIsOver(f"{drop.title} is {drop.get_state_display()}; only a planned drop can be cancelled.")
    drop.state = Drop.State.CANCELLED
    drop.save(update_fields=["state"])
    return drop


@act
def close_drop(*, drop: Drop, by: User | None = None) -> Drop:
    """End a live drop now. Raises DropIsOver when it is not live."""
    [drop] = lock_rows(Drop.objects.filter(pk=drop.pk))
    if drop.state != Drop.State.LIVE:
        raise DropIsOver(f"{drop.title} is {drop.get_state_display()}; only a live drop can be closed.")
    drop.state, drop.closes_at = Drop.State.CLOSED, max(clock.now(), drop.opens_at + dt.timedelta(seconds=1))
    drop.save(update_fields=["state", "closes_at"])
    return drop


@act
def open_and_close_drops() -> tuple[int, int]:
    """Let every drop whose time has come go live, and close every one whose end has come. Returns how many of each."""
    now = clock.now()
    opened = Drop.objects.filter(state=Drop.State.PLANNED, opens_at__lte=now).update(state=Drop.State.LIVE)
    closed = Drop.objects.filter(state=Drop.State.LIVE, closes_at__lte=now).update(state=Drop.State.CLOSED)
    return opened, closed


def _check_lines(member: Member, lines: Sequence[tuple[Sku, int]]) -> None:
    if not lines:
        raise Invalid("Name at least one SKU for the drop.", field="lines")
    if any(sku.member_id != member.pk for sku, _ in lines):
        raise Invalid("Drop your own SKUs only.", field="lines")
    if any(quantity < 1 for _, quantity in lines):
        raise Invalid("Drop at least one piece of each SKU.", code="quantity_zero", field="lines")
