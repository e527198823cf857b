"""Writing a drop down, reserving for it, putting it on other runs, and finding runs that fit."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import DomainError
from coop.models import Member, User
from fulfillment.capacity.services import Ask
from fulfillment.drops.errors import Fit, NothingFits, TooLateForRun
from fulfillment.drops.models import CycleRun, Drop, DropLeg, DropLegLine, DropLine
from fulfillment.drops.plan.earmarks import plan_earmarks
from fulfillment.drops.plan.inputs import TOO_LATE, DropInput, LegInput, check, check_opening
from fulfillment.drops.plan.reserving import reserve
from fulfillment.drops.plan.run_times import shifted
from fulfillment.drops.plan.runs import MOST_RUNS, moved, next_run, ride
from fulfillment.drops.steps import State, enter, lock_drop, require, say
from fulfillment.inventory.services import make_claim

_THE_SAME = (
    "title", "story", "preorders_from", "buyer_limit", "on_shortfall", "fairness", "burst_days", "burst_picks",
)  # fmt: skip


def schedule_drop(
    *,
    member: Member,
    title: str,
    legs: Sequence[LegInput],
    opens_at: dt.datetime,
    closes_at: dt.datetime | None = None,
    story: str = "",
    preorders_from: dt.datetime | None = None,
    buyer_limit: int | None = None,
    on_shortfall: str = Drop.OnShortfall.SLIP,
    fairness: str = Drop.Fairness.FIRST_COME,
    burst_days: int = 2,
    burst_picks: int | None = None,
    by: User | None = None,
) -> Drop:
    """Schedule a drop and reserve in one act, for every leg, the dock, the slots and the picks of the burst days.

    Raises NothingFits naming all that is not free, with the nearest runs that fit: then nothing is taken and no drop is
    there. Raises what `plan_drop` raises.
    """
    told = DropInput(
        title=title, legs=legs, opens_at=opens_at, closes_at=closes_at, story=story, preorders_from=preorders_from,
        buyer_limit=buyer_limit, on_shortfall=on_shortfall, fairness=fairness, burst_days=burst_days,
        burst_picks=burst_picks,
    )  # fmt: skip
    try:
        return plan_and_reserve(member=member, told=told, by=by)
    except NothingFits as error:
        raise NothingFits(error.missing, nearest_runs_that_fit(member=member, told=told)) from error


@act
def plan_drop(*, member: Member, told: DropInput, by: User | None = None) -> Drop:
    """Write a drop down without reserving anything; `reserve_drop` does that.

    Raises OpensTooEarly before a leg's goods are available, TooLateForRun when they can no longer be announced, Invalid
    for no goods, somebody else's SKU, an end before the opening, preorders after it, or burst days and picks that
    cannot be.
    """
    check(member, told)
    drop = Drop.objects.create(
        member=member,
        claim=make_claim(member=member, kind="drop", what=told.title),
        title=told.title,
        story=told.story,
        opens_at=told.opens_at,
        closes_at=told.closes_at,
        preorders_from=told.preorders_from,
        buyer_limit=told.buyer_limit,
        on_shortfall=told.on_shortfall,
        fairness=told.fairness,
        burst_days=told.burst_days,
        burst_picks=told.burst_picks or told.pieces,
        scheduled_by=by,
        scheduled_at=clock.now(),
    )
    total: Counter[UUID] = Counter()
    for leg_input in told.legs:
        leg = DropLeg.objects.create(
            drop=drop,
            run=leg_input.run,
            available_from=leg_input.run.available_from,
            opens_at=told.opens_at,
        )
        DropLegLine.objects.bulk_create(
            DropLegLine(leg=leg, sku=sku, quantity=quantity) for sku, quantity in leg_input.lines
        )
        total.update({sku.pk: quantity for sku, quantity in leg_input.lines})
    DropLine.objects.bulk_create(DropLine(drop=drop, sku_id=pk, quantity=n) for pk, n in total.items())
    say(drop, f"Planned by {by.name}." if by else "Planned.", by)
    return drop


@act
def reserve_drop(*, drop: Drop, by: User | None = None) -> Drop:
    """Reserve for a planned drop what it needs. Raises WrongState, TooLateForRun, and NothingFits (nothing is taken)."""
    drop = lock_drop(drop)
    require(drop, [State.PLANNED], "reserved")
    for leg in drop.legs.select_related("run", "asn"):
        if leg.run.is_off or (leg.asn_id is None and leg.run.announce_by < clock.now()):
            raise TooLateForRun(TOO_LATE, field="run")
    return _reserve(drop, None, by)


@act
def reschedule_drop(
    *,
    drop: Drop,
    runs: Mapping[UUID, CycleRun],
    opens_at: dt.datetime,
    closes_at: dt.datetime | None = None,
    by: User | None = None,
) -> Drop:
    """Put a planned drop on other runs (by leg) and reserve there. Raises what `reserve_drop` raises, and OpensTooEarly."""
    drop = lock_drop(drop)
    require(drop, [State.PLANNED], "rescheduled")
    legs = list(drop.legs.select_related("run__cycle__node"))
    for leg in legs:
        check_opening(runs.get(leg.pk, leg.run), opens_at)
    drop.opens_at, drop.closes_at = opens_at, closes_at
    if drop.preorders_from is not None:
        drop.preorders_from = min(drop.preorders_from, opens_at - dt.timedelta(seconds=1))
    ride(drop, legs, runs)
    return reserve_drop(drop=drop, by=by)


def nearest_runs_that_fit(*, member: Member, told: DropInput, most: int = 3) -> list[Fit]:
    """The nearest runs on which all of it could be reserved now: every leg on the n-th next run of its cycle, the opening
    moved by as many days. It is tried out and taken back, so what is offered was free a moment ago."""
    fits: list[Fit] = []
    for later in range(1, MOST_RUNS + 1):
        runs = [next_run(leg.run, later) for leg in told.legs]
        if any(run is None for run in runs) or len(fits) == most:
            break
        found = [run for run in runs if run is not None]
        opens_at = shifted(
            told.opens_at, [moved(leg.run, run) for leg, run in zip(told.legs, found, strict=True)]
        )
        closes_at = told.closes_at + (opens_at - told.opens_at) if told.closes_at else None
        again = DropInput(
            **{name: getattr(told, name) for name in _THE_SAME},
            legs=[LegInput(run, leg.lines) for run, leg in zip(found, told.legs, strict=True)],
            opens_at=opens_at,
            closes_at=closes_at,
        )
        if _would_fit(member, again):
            fits.append(Fit(found, opens_at, closes_at))
    return fits


@act
def plan_and_reserve(*, member: Member, told: DropInput, by: User | None = None) -> Drop:
    """Both in one act. Raises what `plan_drop` raises, and NothingFits; then no drop is there."""
    drop = plan_drop(member=member, told=told, by=by)
    legs = dict(drop.legs.values_list("run", "pk"))
    own = {legs[leg.run.pk]: leg.asks for leg in told.legs if leg.asks is not None}
    return _reserve(drop, own, by)


def _reserve(drop: Drop, own: Mapping[UUID, Sequence[Ask]] | None, by: User | None) -> Drop:
    bookings = reserve(drop, own=own, by=by)
    plan_earmarks(drop)
    enter(drop, State.RESERVED, f"Dock, slots and picks are reserved: {len(bookings)} bookings.", by)
    return drop


class TakenBack(Exception):
    """Takes a trial back."""


def _would_fit(member: Member, told: DropInput) -> bool:
    try:
        with transaction.atomic():
            plan_and_reserve(member=member, told=told, by=None)
            raise TakenBack
    except TakenBack:
        return True
    except DomainError:
        return False
