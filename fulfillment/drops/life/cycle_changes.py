"""A cycle changes or ends: whose drops ride on the runs that would vanish or move, and what becomes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.kernel.locks import lock_rows
from coop.models import User
from fulfillment.drops.errors import Broken, CycleInUse
from fulfillment.drops.life.moving import move_or_plan, slip_drop
from fulfillment.drops.models import CycleRun, Drop, DropLeg, ReplenishmentCycle
from fulfillment.drops.plan.cycles import HORIZON_DAYS, check_rule, plan_runs, times_by_day
from fulfillment.drops.plan.run_times import Times
from fulfillment.drops.plan.runs import ride
from fulfillment.drops.steps import State, lock_drop

FIELDS = (
    "name", "rrule", "starts_on", "dock_opens", "dock_closes", "announce_days", "available_hours", "is_active",
)  # fmt: skip
Touched = Sequence[tuple[DropLeg, Times | None]]


def broken_by(cycle: ReplenishmentCycle, changes: Mapping[str, Any]) -> list[Broken]:
    """Which drops ride on runs ahead that would vanish or move if the cycle's fields changed so; the soonest first.

    Raises BadRule for a rule that cannot be read. Reads only.
    """
    return _name(_touched(cycle, _changed(cycle, changes)))


@act
def change_cycle(
    *,
    cycle: ReplenishmentCycle,
    changes: Mapping[str, Any],
    accept: bool = False,
    by: User | None = None,
) -> list[Broken]:
    """Change fields of a cycle, and its runs ahead with them. A run whose day stays moves to the new times; one whose day
    is no more vanishes.

    Drops that ride on runs which vanish or move are named by CycleInUse unless that is accepted; then they are reserved
    anew on the moved run, slip to a later one, or are planned again, and everyone concerned is told. Returns what was
    broken. Raises BadRule and Invalid for a change that makes no sense.
    """
    [cycle] = lock_rows(ReplenishmentCycle.objects.select_related("node").filter(pk=cycle.pk))
    changed = _changed(cycle, changes)
    touched = _touched(cycle, changed)
    broken = _name(touched)
    if broken and not accept:
        raise CycleInUse(broken)
    # Drops are locked before anything of theirs moves, in key order.
    drops = {d.pk: d for d in lock_rows(Drop.objects.filter(pk__in={leg.drop_id for leg, _ in touched}))}
    changed.save(update_fields=list(FIELDS))
    gone = _move_runs(changed, _times(changed))
    if changed.is_active:
        plan_runs(cycle=changed, until=clock.today(changed.node.timezone) + dt.timedelta(days=HORIZON_DAYS))
    for pk in sorted(drops):
        legs = [leg for leg, _ in touched if leg.drop_id == pk]
        _settle_in(drops[pk], legs, gone, changed, by)
    CycleRun.objects.filter(pk__in=gone, legs=None).delete()
    return broken


@act
def retire_cycle(*, cycle: ReplenishmentCycle, accept: bool = False, by: User | None = None) -> list[Broken]:
    """A cycle makes no more runs, and those ahead do not take place. Drops on them are planned again and everyone concerned
    is told; without `accept` they are named by CycleInUse, and nothing has changed."""
    return change_cycle(cycle=cycle, changes={"is_active": False}, accept=accept, by=by)


def _name(touched: Touched) -> list[Broken]:
    return [
        Broken(
            leg.drop_id,
            leg.drop.title,
            leg.drop.member.name,
            leg.run.dock_from,
            new.dock_from if new else None,
        )
        for leg, new in touched
    ]


def _changed(cycle: ReplenishmentCycle, changes: Mapping[str, Any]) -> ReplenishmentCycle:
    """The cycle as it would be, not saved."""
    if unknown := set(changes) - set(FIELDS):
        raise Invalid(f"A cycle has no {', '.join(sorted(unknown))}.")
    values = {name: getattr(cycle, name) for name in FIELDS} | dict(changes)
    values["rrule"] = str(values["rrule"]).strip().upper().removeprefix("RRULE:")
    changed = ReplenishmentCycle(pk=cycle.pk, node=cycle.node, **values)
    changed._state.adding = False
    if changed.is_active:
        check_rule(changed)
    return changed


def _times(cycle: ReplenishmentCycle) -> dict[dt.date, Times]:
    return times_by_day(cycle) if cycle.is_active else {}


def _ahead(cycle: ReplenishmentCycle) -> list[CycleRun]:
    """Runs whose dock has not opened."""
    rows = CycleRun.objects.filter(cycle=cycle.pk, dock_from__gt=clock.now(), is_off=False)
    return list(rows.order_by("dock_from"))


def _touched(cycle: ReplenishmentCycle, changed: ReplenishmentCycle) -> Touched:
    """The legs of drops ahead on runs that would vanish (None) or move, with the new times."""
    times, zone = _times(changed), cycle.node.zone
    moving = {}
    for run in _ahead(cycle):
        new = times.get(run.dock_from.astimezone(zone).date())
        if new is None or _of(run) != new:
            moving[run.pk] = new
    # A drop that has its goods already does not wait for the run.
    waiting = (State.PLANNED, State.RESERVED, State.ANNOUNCED)
    legs = DropLeg.objects.filter(run__in=moving, drop__state__in=waiting)
    rows = legs.select_related("drop__member", "run__cycle__node", "asn").order_by("run__dock_from", "pk")
    return [(leg, moving[leg.run_id]) for leg in rows]


def _of(run: CycleRun) -> Times:
    return Times(run.announce_by, run.dock_from, run.dock_until, run.available_from)


def _move_runs(cycle: ReplenishmentCycle, times: Mapping[dt.date, Times]) -> list[UUID]:
    """Move runs ahead to their new times, call off those whose day is no more. Returns the latter."""
    gone = []
    CycleRun.objects.filter(cycle=cycle, dock_from__in=[t.dock_from for t in times.values()]).update(
        is_off=False
    )
    for run in _ahead(cycle):
        new = times.get(run.dock_from.astimezone(cycle.node.zone).date())
        if new is None:
            gone.append(run.pk)
        elif _of(run) != new:
            _move_run(run, new)
    CycleRun.objects.filter(pk__in=gone).update(is_off=True)
    return gone


def _move_run(run: CycleRun, new: Times) -> None:
    # What rides on it opens after its goods at every moment: openings move first, if they must.
    for leg in DropLeg.objects.filter(run=run, opens_at__lt=new.available_from).select_related("drop"):
        drop = leg.drop
        if drop.closes_at is not None:
            drop.closes_at += new.available_from - drop.opens_at
        drop.opens_at = new.available_from
        ride(drop, [], {})
    run.announce_by, run.dock_from = new.announce_by, new.dock_from
    run.dock_until, run.available_from = new.dock_until, new.available_from
    run.save(update_fields=["announce_by", "dock_from", "dock_until", "available_from"])


def _settle_in(
    drop: Drop, legs: Sequence[DropLeg], gone: Sequence[UUID], cycle: ReplenishmentCycle, by: User | None
) -> None:
    """What becomes of a drop whose runs vanished or moved."""
    drop = lock_drop(drop)
    lost = [leg for leg in legs if leg.run_id in gone]
    why = f"{cycle.name} at {cycle.node.name} changed."
    if drop.state == State.PLANNED:
        return
    if lost:
        rows = drop.legs.filter(pk__in=[leg.pk for leg in lost])
        slip_drop(drop=drop, late=list(rows.select_related("run__cycle__node", "asn")), why=why, by=by)
    else:
        move_or_plan(drop, [{}], why, by)
