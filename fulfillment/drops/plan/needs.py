"""What a drop needs of each node: a dock appointment, shelf slots, picks. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from coop.nodes.hours import Schedule

_MM3_IN_A_LITRE = 1_000_000


@dataclass(frozen=True, slots=True)
class GoodsToStore:
    """So many pieces of a SKU, with the outer volume of one."""

    sku_id: UUID
    quantity: int
    volume_mm3: int
    storage_class: str


@dataclass(frozen=True, slots=True)
class LegGoods:
    """What one run brings to one node; `dock_from` is when its dock opens, `schedule` when the node works."""

    goods: Sequence[GoodsToStore]
    dock_from: dt.datetime
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Storage:
    """Room of one storage class for so many different SKUs."""

    storage_class: str
    volume_mm3: int
    skus: int

    def slots(self, slot_volume_l: int) -> int:
        """Slots of that size which hold it; at least one."""
        return max(1, math.ceil(self.volume_mm3 / (slot_volume_l * _MM3_IN_A_LITRE)))


@dataclass(frozen=True, slots=True)
class LegNeeds:
    """What one leg needs: the dock on `dock_day`, storage from then to `shelf_until`, picks on each burst day."""

    dock_day: dt.date
    shelf_until: dt.date
    storage: Sequence[Storage]
    picks: Sequence[tuple[dt.date, int]]


def needs_of(
    legs: Sequence[LegGoods],
    *,
    opens_at: dt.datetime,
    closes_at: dt.datetime | None,
    burst_days: int,
    burst_picks: int,
) -> list[LegNeeds]:
    """The needs of each leg, in order. The burst's picks are shared over the legs by their pieces.

    The burst begins on the day by whose end an order placed at the opening is shipped, and counts working days only.
    Raises NeverOpen when a node has no working day ahead.
    """
    pieces = [sum(goods.quantity for goods in leg.goods) for leg in legs]
    shares = share(burst_picks, pieces)
    return [
        _leg_needs(leg, picks, opens_at, closes_at, burst_days)
        for leg, picks in zip(legs, shares, strict=True)
    ]


def burst_of(schedule: Schedule, opens_at: dt.datetime, days: int) -> list[dt.date]:
    """The working days of the first rush. Raises NeverOpen."""
    found = [schedule.promise(opens_at).astimezone(schedule.zone).date()]
    while len(found) < days:
        found.append(schedule.next_working_day(found[-1]))
    return found


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of `total` in proportion to `weights`, by largest remainders; ties go to the first."""
    whole = sum(weights)
    if whole == 0:
        return [0 for _ in weights]
    parts = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for n in rest[: total - sum(parts)]:
        parts[n] += 1
    return parts


def spread(total: int, days: Sequence[dt.date]) -> list[tuple[dt.date, int]]:
    """`total` over the days, as evenly as whole numbers go, the first ones taking more; days with nothing are left out."""
    parts = share(total, [1 for _ in days])
    return [(day, part) for day, part in zip(days, parts, strict=True) if part]


def _leg_needs(
    leg: LegGoods, picks: int, opens_at: dt.datetime, closes_at: dt.datetime | None, burst_days: int
) -> LegNeeds:
    zone = leg.schedule.zone
    burst = burst_of(leg.schedule, opens_at, burst_days)
    until = max(burst[-1], closes_at.astimezone(zone).date()) if closes_at else burst[-1]
    dock_day = leg.dock_from.astimezone(zone).date()
    return LegNeeds(dock_day, max(until, dock_day), _storage(leg.goods), spread(picks, burst))


def _storage(goods: Sequence[GoodsToStore]) -> list[Storage]:
    volume: dict[str, int] = defaultdict(int)
    skus: dict[str, set[UUID]] = defaultdict(set)
    for piece in goods:
        volume[piece.storage_class] += piece.quantity * piece.volume_mm3
        skus[piece.storage_class].add(piece.sku_id)
    return [Storage(name, volume[name], len(skus[name])) for name in sorted(volume) if volume[name]]
