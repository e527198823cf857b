"""What changes cycles and drops: planned, reserved, announced, received, sold, settled. The room's list of services, for
all who are not in it; they stand in `plan`, `sale` and `life`."""

from __future__ import annotations

from fulfillment.drops.life.arriving import (
    announce_goods,
    bring_goods,
    missing_on,
    next_leg,
    note_arrivals,
)
from fulfillment.drops.life.cutoff import (
    check_cutoffs,
    decide_cutoff,
    look_after_drops,
    shrink_drop,
)
from fulfillment.drops.life.cycle_changes import broken_by, change_cycle, retire_cycle
from fulfillment.drops.life.ending import cancel_drop, settle_drop, settle_drops
from fulfillment.drops.life.moving import slip_drop
from fulfillment.drops.life.opening import close_drop, open_and_close_drops, open_drop
from fulfillment.drops.life.returning import take_back
from fulfillment.drops.plan.cycles import HORIZON_DAYS, plan_runs, save_cycle
from fulfillment.drops.plan.inputs import DropInput, LegInput
from fulfillment.drops.plan.previewing import LegPreview, preview_drop
from fulfillment.drops.plan.runs import MOST_RUNS
from fulfillment.drops.plan.scheduling import (
    nearest_runs_that_fit,
    plan_drop,
    reschedule_drop,
    reserve_drop,
    schedule_drop,
)
from fulfillment.drops.sale.selling import Sold, buyer_of, sell

__all__ = [
    "HORIZON_DAYS",
    "MOST_RUNS",
    "DropInput",
    "LegInput",
    "LegPreview",
    "Sold",
    "announce_goods",
    "bring_goods",
    "broken_by",
    "buyer_of",
    "cancel_drop",
    "change_cycle",
    "check_cutoffs",
    "close_drop",
    "decide_cutoff",
    "look_after_drops",
    "missing_on",
    "nearest_runs_that_fit",
    "next_leg",
    "note_arrivals",
    "open_and_close_drops",
    "open_drop",
    "plan_drop",
    "plan_runs",
    "preview_drop",
    "reschedule_drop",
    "reserve_drop",
    "retire_cycle",
    "save_cycle",
    "schedule_drop",
    "sell",
    "settle_drop",
    "settle_drops",
    "shrink_drop",
    "slip_drop",
    "take_back",
]
