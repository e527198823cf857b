"""The walk through a node, and which orders share one. Pure: no database, no Django.

The walk is the S-shape (Hall 1993, "Distance approximations for routing manual pickers in a warehouse"): every aisle
that has a stop is walked through from end to end, the next one in the other direction.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bin is. `walk_order` is its turn on the way through the whole node; aisle 0 means that it has no aisle."""

    zone: str
    aisle: int
    bay: int
    level: int
    walk_order: int
    code: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """An order as the planner sees it: when it must leave and where its goods lie."""

    key: Hashable
    ship_by: dt.datetime | None
    places: tuple[Place, ...]


def walk(places: Iterable[Place]) -> list[Place]:
    """The distinct places in walking order: aisle by aisle, up one and down the next (S-shape)."""
    aisles: dict[tuple[str, int], list[Place]] = defaultdict(list)
    loose: list[Place] = []
    for place in set(places):
        if place.aisle:
            aisles[place.zone, place.aisle].append(place)
        else:
            loose.append(place)
    legs = [(min(p.walk_order for p in leg), leg) for leg in aisles.values()]
    legs += [(p.walk_order, [p]) for p in loose]
    route: list[Place] = []
    up = True
    for _, leg in sorted(legs, key=lambda pair: (pair[0], pair[1][0].code)):
        route += sorted(leg, key=lambda p: (p.bay if up else -p.bay, p.level, p.code))
        up = up != bool(leg[0].aisle)  # a place outside the aisles turns nobody round
    return route


def turns(places: Iterable[Place]) -> dict[Place, int]:
    """Each distinct place's turn on the walk, from 0."""
    return {place: turn for turn, place in enumerate(walk(places))}


def share_carts(bundles: Iterable[Bundle], *, totes: int) -> list[list[Bundle]]:
    """Put whole orders on carts of `totes` places, one order a tote.

    Promises come first: an order never rides behind one that must leave later. Among orders of the same promise,
    those whose goods lie close together ride together.
    """
    if totes < 1:
        raise ValueError("a cart carries at least one tote")
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    in_order = sorted(bundles, key=lambda b: (b.ship_by or never, _middle(b), str(b.key)))
    return [in_order[start : start + totes] for start in range(0, len(in_order), totes)]


def _middle(bundle: Bundle) -> int:
    """The walk order of the middle stop: an order with one far stop still lies where most of it lies."""
    turns_ = sorted(p.walk_order for p in bundle.places)
    return turns_[len(turns_) // 2] if turns_ else 0
