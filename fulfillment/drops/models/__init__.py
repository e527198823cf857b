"""Replenishment cycles of a node, their runs, and the drops that ride on them."""

from __future__ import annotations

from fulfillment.drops.models.cycles import CycleRun, ReplenishmentCycle
from fulfillment.drops.models.drops import (
    Drop,
    DropBuyer,
    DropLeg,
    DropLegLine,
    DropLine,
    DropSale,
    DropStep,
)

__all__ = [
    "CycleRun",
    "Drop",
    "DropBuyer",
    "DropLeg",
    "DropLegLine",
    "DropLine",
    "DropSale",
    "DropStep",
    "ReplenishmentCycle",
]
