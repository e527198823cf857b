"""Planning a drop, reserving for it, finding runs that fit, and calling it off."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import DomainError, Invalid
from coop.models import Member, Sku, User
from fulfillment.capacity.services import Ask
from fulfillment.drops.errors import Fit, NothingFits, OpensTooEarly, TooLateForRun
from fulfillment.drops.models import CycleRun, Drop, DropLeg, DropLegLine, DropLine
from fulfillment.drops.schedule import Moved, shifted
from fulfillment.drops.services.keeping import plan_earmarks
from fulfillment.drops.services.reserving import reserve
from fulfillment.drops.services.steps import State, enter, lock_drop, require, say

# How many runs further on are tried.
MOST_RUNS = 8


@dataclass(frozen=True, slots=True)
class LegInput:
    """What a run brings for a drop: SKUs and pieces. `asks` replaces what would be computed from them."""

    run: CycleRun
    lines: Sequence[tuple[Sku, int]]
    asks: Sequence[Ask] | None = None


@dataclass(frozen=True, kw_only=True)
class DropInput:
    """A drop as its owner tells it. `burst_picks` are all pieces when left out; times are aware."""

    title: str
    legs: Sequence[LegInput]
    opens_at: dt.datetime
    closes_at: dt.datetime | None = None
    story: str = ""
    preorders_from: dt.datetime | None = None
    buyer_limit: int | None = None
    on_shortfall: str = Drop.OnShortfall.SLIP
    fairness: str = Drop.Fairness.FIRST_COME
    burst_days: int = 2
    burst_picks: int | None = None

    @property
    def pieces(self) -> int:
        return sum(quantity for leg in self.legs for _, quantity in leg.lines)


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
        return _schedule(member=member, told=told, by=by)
    except NothingFits as error:
        raise NothingFits(error.missing, nearest_runs_that_fit(member=member, told=told)) from error


@act
def plan_drop(*, member: Member, told: DropInput, by: User | None = None) -> Drop:
    """Write a drop down without reserving anything; `reserve_drop` does that.

    Raises OpensTooEarly before a leg's goods are available, TooLateForRun when they can no longer be announced, Invalid
    for no goods, somebody else's SKU, an end before the opening, preorders after it, or burst days and picks that
    cannot be.
    """
    _check(member, told)
    drop = Drop.objects.create(
        member=member,
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
            raise TooLateForRun(_TOO_LATE, field="run")
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
        _check_opening(runs.get(leg.pk, leg.run), opens_at)
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
            **{name: getattr(told, name) for name in _KEPT},
            legs=[LegInput(run, leg.lines) for run, leg in zip(found, told.legs, strict=True)],
            opens_at=opens_at,
            closes_at=closes_at,
        )
        if _would_fit(member, again):
            fits.append(Fit(found, opens_at, closes_at))
    return fits


_KEPT = (
    "title", "story", "preorders_from", "buyer_limit", "on_shortfall", "fairness", "burst_days", "burst_picks",
)  # fmt: skip
_TOO_LATE = "The goods of this run had to be announced by now. Take the next one."


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


@act
def _schedule(*, member: Member, told: DropInput, by: User | None) -> Drop:
    drop = plan_drop(member=member, told=told, by=by)
    legs = dict(drop.legs.values_list("run", "pk"))
    own = {legs[leg.run.pk]: leg.asks for leg in told.legs if leg.asks is not None}
    return _reserve(drop, own, by)


def _reserve(drop: Drop, own: Mapping[UUID, Sequence[Ask]] | None, by: User | None) -> Drop:
    bookings = reserve(drop, own=own, by=by)
    plan_earmarks(drop)
    enter(drop, State.RESERVED, f"Dock, slots and picks are reserved: {len(bookings)} bookings.", by)
    return drop


class _Undo(Exception):
    """Takes a trial back."""


def _would_fit(member: Member, told: DropInput) -> bool:
    try:
        with transaction.atomic():
            _schedule(member=member, told=told, by=None)
            raise _Undo
    except _Undo:
        return True
    except DomainError:
        return False


def _check(member: Member, told: DropInput) -> None:
    if not told.legs:
        raise Invalid("Name at least one run and what it brings.", field="legs")
    if len({leg.run.pk for leg in told.legs}) < len(told.legs):
        raise Invalid("Name each run once.", code="run_twice", field="legs")
    for leg in told.legs:
        _check_lines(member, leg.lines)
        if leg.run.announce_by < clock.now() or leg.run.is_off:
            raise TooLateForRun(_TOO_LATE, field="run")
        _check_opening(leg.run, told.opens_at)
    if told.closes_at is not None and told.closes_at <= told.opens_at:
        raise Invalid(
            "A drop closes after it opens, or stays open.", code="closes_too_early", field="closes_at"
        )
    if told.preorders_from is not None and told.preorders_from >= told.opens_at:
        raise Invalid("Preorders begin before the drop opens.", code="preorders_late", field="preorders_from")
    if not 1 <= told.burst_days <= 30:
        raise Invalid("The first rush takes 1 to 30 working days.", field="burst_days")
    if told.burst_picks is not None and not 1 <= told.burst_picks <= told.pieces:
        raise Invalid(f"Reserve 1 to {told.pieces} picks, one for each piece at most.", field="burst_picks")


def _check_opening(run: CycleRun, opens_at: dt.datetime) -> None:
    if opens_at < run.available_from:
        ready = run.available_from.astimezone(run.cycle.node.zone)
        raise OpensTooEarly(
            f"The goods of this run can be sold from {ready:%a %d %b %Y %H:%M} (node time). Open then or later.",
            field="opens_at",
        )


def _check_lines(member: Member, lines: Sequence[tuple[Sku, int]]) -> None:
    if not lines:
        raise Invalid("Name at least one SKU for the drop.", field="lines")
    if any(sku.member_id != member.pk for sku, _ in lines):
        raise Invalid("Drop your own SKUs only.", field="lines")
    if any(quantity < 1 for _, quantity in lines):
        raise Invalid("Drop at least one piece of each SKU.", code="quantity_zero", field="lines")
    if len({sku.pk for sku, _ in lines}) < len(lines):
        raise Invalid("Name each SKU once for a run.", code="sku_twice", field="lines")
