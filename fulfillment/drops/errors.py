"""What can go wrong with cycles and drops, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from coop.kernel.errors import Conflict, Invalid
from coop.kernel.recurrence import BadRule
from fulfillment.drops.models import CycleRun


class OpensTooEarly(Invalid):
    """The drop would open before the goods of its run can be sold."""

    code = "opens_too_early"


class TooLateForRun(Conflict):
    """The run's goods had to be announced by now."""

    code = "too_late_for_run"


class WrongState(Conflict):
    """The drop is in a state in which this cannot be done (any more, or yet)."""

    code = "drop_state"


class DropIsOver(WrongState):
    """The drop is live, closed or cancelled already."""


class NotItsGoods(Invalid):
    """The shipment is not for this node, or brings nothing of this drop."""

    code = "not_its_goods"


class BeingSent(Conflict):
    """Orders of the drop are being picked; it cannot be called off any more."""

    code = "being_sent"


@dataclass(frozen=True, slots=True)
class Missing:
    """What a node has not: `what` in words, so many `asked`, and the days on which they are not free (with what is)."""

    node: str
    what: str
    asked: int
    days: Sequence[tuple[dt.date, int]] = ()

    def __str__(self) -> str:
        if not self.days:
            return f"{self.node} offers no {self.what}"
        listed = ", ".join(f"{day:%d %b} ({free} free)" for day, free in self.days[:5])
        more = f" and {len(self.days) - 5} more days" if len(self.days) > 5 else ""
        return f"{self.node}: {self.asked} {self.what} on {listed}{more}"


@dataclass(frozen=True, slots=True)
class Fit:
    """Runs, one for each leg in order, on which everything can be reserved, and when the drop would open then."""

    runs: Sequence[CycleRun]
    opens_at: dt.datetime
    closes_at: dt.datetime | None = None


class NothingFits(Conflict):
    """Not everything a drop needs is free. `missing`: what is not; `fits`: the nearest runs that have it all."""

    code = "nothing_fits"

    def __init__(self, missing: Sequence[Missing], fits: Sequence[Fit] = ()) -> None:
        self.missing = list(missing)
        self.fits = list(fits)
        listed = "; ".join(map(str, self.missing[:3]))
        super().__init__(f"Nothing is reserved: {listed}. Take another run, fewer goods or other days.")


@dataclass(frozen=True, slots=True)
class Broken:
    """A drop that rides on a run which a change would take away (`to` is None) or move to another time."""

    drop_id: UUID
    title: str
    member: str
    run_from: dt.datetime
    to: dt.datetime | None


class CycleInUse(Conflict):
    """Drops ride on runs that the change would take away or move. `broken` names each; accept it to let them slip."""

    code = "cycle_in_use"

    def __init__(self, broken: Sequence[Broken]) -> None:
        self.broken = list(broken)
        names = ", ".join(f"{b.title} of {b.member}" for b in self.broken[:3])
        more = f" and {len(self.broken) - 3} more" if len(self.broken) > 3 else ""
        super().__init__(f"{names}{more} ride on runs that would vanish or move. Accept that, and they slip.")


class NotOpen(Conflict):
    """The drop does not sell now: not yet, or not any more."""

    code = "not_open"


class SoldOut(Conflict):
    """There is not that much left."""

    code = "sold_out"


class BuyerLimit(Conflict):
    """One buyer may have no more pieces of this drop."""

    code = "buyer_limit"


class NotInThisDrop(Invalid):
    """A SKU that this drop does not sell."""

    code = "not_in_this_drop"


class OrderChanged(Conflict):
    """The number is that of another order, or of this one with other content."""

    code = "order_changed"


__all__ = [
    "BadRule",
    "BeingSent",
    "Broken",
    "BuyerLimit",
    "CycleInUse",
    "DropIsOver",
    "Fit",
    "Missing",
    "NotInThisDrop",
    "NotItsGoods",
    "NotOpen",
    "NothingFits",
    "OpensTooEarly",
    "OrderChanged",
    "SoldOut",
    "TooLateForRun",
    "WrongState",
]
