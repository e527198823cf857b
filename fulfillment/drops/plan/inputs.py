"""A drop as its owner tells it, and what of it can be refused without looking at any room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from coop.kernel import clock
from coop.kernel.errors import Invalid
from coop.models import Member, Sku
from fulfillment.capacity.services import Ask
from fulfillment.drops.errors import OpensTooEarly, TooLateForRun
from fulfillment.drops.models import CycleRun, Drop

TOO_LATE = "The goods of this run had to be announced by now. Take the next one."


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


def check(member: Member, told: DropInput) -> None:
    """Raises Invalid, OpensTooEarly or TooLateForRun for what cannot be written down (see `plan_drop`)."""
    if not told.legs:
        raise Invalid("Name at least one run and what it brings.", field="legs")
    if len({leg.run.pk for leg in told.legs}) < len(told.legs):
        raise Invalid("Name each run once.", code="run_twice", field="legs")
    for leg in told.legs:
        _check_lines(member, leg.lines)
        if leg.run.announce_by < clock.now() or leg.run.is_off:
            raise TooLateForRun(TOO_LATE, field="run")
        check_opening(leg.run, told.opens_at)
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


def check_opening(run: CycleRun, opens_at: dt.datetime) -> None:
    """Raises OpensTooEarly before the run's goods can be sold."""
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
