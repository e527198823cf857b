"""A drop slips to a later run, or loses its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from coop.kernel import clock
from coop.kernel.acts import act
from coop.models import User
from fulfillment.drops import letters
from fulfillment.drops.errors import NothingFits
from fulfillment.drops.life.arriving import all_announced
from fulfillment.drops.models import CycleRun, Drop, DropLeg
from fulfillment.drops.plan.earmarks import plan_earmarks, still_missing
from fulfillment.drops.plan.reserving import legs_of, release_rest, reserve
from fulfillment.drops.plan.run_times import shifted
from fulfillment.drops.plan.runs import MOST_RUNS, moved, next_run, ride
from fulfillment.drops.steps import State, enter, lock_drop, require, say
from fulfillment.inventory.models import Asn
from fulfillment.inventory.services import postpone_asn

Runs = Mapping[UUID, CycleRun]  # by leg


@act
def slip_drop(*, drop: Drop, why: str, late: Sequence[DropLeg] | None = None, by: User | None = None) -> Drop:
    """Move the legs whose goods have not come (or those in `late`) to the next run of their cycles on which everything
    can be reserved; the opening moves by as many days. After MOST_RUNS turns without room the drop is planned again:
    nothing stays reserved. Everyone concerned is told.

    Raises WrongState for a drop that is not ahead.
    """
    drop = lock_drop(drop)
    require(drop, [State.RESERVED, State.ANNOUNCED, State.RECEIVED], "moved")
    moving = late_legs(drop) if late is None else list(late)

    def turn(n: int) -> Runs | None:
        runs = {leg.pk: _later_run(leg, n) for leg in moving}
        return {pk: run for pk, run in runs.items() if run} if all(runs.values()) else None

    return move_or_plan(drop, [turns for n in range(1, MOST_RUNS + 1) if (turns := turn(n))], why, by)


def move_or_plan(drop: Drop, turns: Sequence[Runs], why: str, by: User | None = None) -> Drop:
    """Put a locked drop on the first of these sets of runs on which everything can be reserved; else plan it again."""
    for runs in turns:
        if _moves(drop, runs, why, by):
            fresh = Drop.objects.select_related("member").get(pk=drop.pk)
            days = (fresh.opens_at - drop.opens_at).days
            words = f"{why} It opens {days} days later." if days else f"{why} It opens as planned."
            step = say(fresh, words, by)
            letters.tell_house(step, "slipped", staff=True)
            letters.tell_orders(step, "slipped", letters.waiting_orders(step))
            return fresh
    return plan_again(drop, why, by)


def plan_again(drop: Drop, why: str, by: User | None = None) -> Drop:
    """A locked drop has no run any more: what is reserved is given back. What arrived stays kept for it."""
    release_rest(drop, reason=why[:120], by=by)
    if drop.state == State.PLANNED:
        step = say(drop, f"{why} There is no run with room for it.", by)
    else:
        step = enter(drop, State.PLANNED, f"{why} No run has room for it: nothing is reserved any more.", by)
    letters.tell_house(step, "planned", staff=True)
    letters.tell_orders(step, "planned", letters.waiting_orders(step))
    return drop


def late_legs(drop: Drop) -> list[DropLeg]:
    """The legs of which not everything has come."""
    left = still_missing(drop)
    return [
        leg
        for leg in legs_of(drop)
        if any((leg.run.cycle.node_id, line.sku_id) in left for line in leg.lines.all())
    ]


def _later_run(leg: DropLeg, turn: int) -> CycleRun | None:
    """The `turn`th run after the leg's whose goods can still be announced, or which a shipment under way can reach."""
    under_way = leg.asn is not None and leg.asn.state in (Asn.State.ANNOUNCED, Asn.State.RECEIVING)
    now, found, run = clock.now(), 0, leg.run
    while (following := next_run(run)) is not None:
        run = following
        found += (run.dock_from if under_way else run.announce_by) >= now
        if found == turn:
            return run
    return None


def _moves(drop: Drop, runs: Runs, why: str, by: User | None) -> bool:
    """Try it in a savepoint; False, and nothing has changed, when something is not free."""
    try:
        with transaction.atomic():
            _move(drop, runs, why, by)
    except NothingFits:
        return False
    return True


def _move(drop: Drop, runs: Runs, why: str, by: User | None) -> None:
    """Give back what is ahead, change the runs, reserve again, and say what state that makes. Raises NothingFits."""
    drop = Drop.objects.select_related("member").get(pk=drop.pk)
    release_rest(drop, reason=why[:120], by=by)
    legs = legs_of(drop)
    changes = [moved(leg.run, runs[leg.pk]) for leg in legs if leg.pk in runs]
    opens_at = shifted(drop.opens_at, changes)
    if drop.closes_at is not None:
        drop.closes_at += opens_at - drop.opens_at
    drop.opens_at = opens_at
    ride(drop, legs, runs)
    for leg in legs:
        if leg.pk in runs:
            _expect(leg)
    reserve(drop, by=by)
    plan_earmarks(drop)
    state = State.ANNOUNCED if all_announced(drop) else State.RESERVED
    if drop.state != state and drop.state != State.RECEIVED:
        enter(drop, state, f"Reserved anew for {opens_at:%d %b %Y}.", by)


def _expect(leg: DropLeg) -> None:
    """A shipment that is under way comes with the new run; one that is over will bring nothing more."""
    asn = leg.asn
    if asn is None:
        return
    if asn.state in (Asn.State.ANNOUNCED, Asn.State.RECEIVING):
        node = leg.run.cycle.node
        postpone_asn(asn=asn, expected_on=leg.run.dock_from.astimezone(node.zone).date())
    elif any(still_missing(leg.drop).get((leg.run.cycle.node_id, g.sku_id)) for g in leg.lines.all()):
        leg.asn = None
        leg.save(update_fields=["asn"])
