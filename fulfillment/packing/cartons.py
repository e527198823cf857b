"""Which carton takes these goods. Pure: no database, no Django. Lengths in mm, weights in g, volumes in mm³.

A carton is only proposed when a way to lay the goods into it was found: volume and longest sides alone would put two
60 mm cubes into a 100 mm one. The search lays the largest piece first into the smallest free space that takes it and
cuts what is left into three (guillotine cuts), so it may miss a clever packing but never promises an impossible one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

# What padding and air take of a carton that holds more than one piece.
FILL = 0.85
# Beyond this many pieces the search would cost more than it saves; equal stacks are reckoned instead.
SEARCH_UP_TO = 60


@dataclass(frozen=True, slots=True)
class Goods:
    """So many pieces of one thing: outer lengths and the weight of one."""

    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    quantity: int = 1

    @property
    def sides(self) -> tuple[int, int, int]:
        """Longest first."""
        a, b, c = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return a, b, c

    @property
    def volume_mm3(self) -> int:
        """Of all pieces."""
        return self.length_mm * self.width_mm * self.height_mm * self.quantity


@dataclass(frozen=True, slots=True)
class Box:
    """A carton's inner lengths, the weight it bears, and what names it."""

    key: str
    length_mm: int
    width_mm: int
    height_mm: int
    max_weight_g: int

    @property
    def sides(self) -> tuple[int, int, int]:
        """Longest first."""
        a, b, c = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return a, b, c

    @property
    def volume_mm3(self) -> int:
        """Inner volume."""
        return self.length_mm * self.width_mm * self.height_mm


@dataclass(frozen=True, slots=True)
class Laid:
    """A piece in its carton: its corner nearest the origin, and its lengths along the carton's sides."""

    x: int
    y: int
    z: int
    dx: int
    dy: int
    dz: int


def smallest(boxes: Iterable[Box], goods: Sequence[Goods]) -> Box | None:
    """The carton of least volume that takes the goods, or None when none does. Ties go to the lighter-built, then by key."""
    wanted = tuple(sorted(goods, key=lambda g: (g.sides, g.weight_g, g.quantity)))
    return _smallest(tuple(sorted(boxes, key=lambda b: (b.volume_mm3, b.max_weight_g, b.key))), wanted)


@lru_cache(maxsize=4096)
def _smallest(boxes: tuple[Box, ...], goods: tuple[Goods, ...]) -> Box | None:
    return next((box for box in boxes if why_not(box, goods) is None), None)


def why_not(box: Box, goods: Sequence[Goods]) -> str | None:
    """Why the carton does not take the goods, in words; None when it does."""
    pieces = sum(g.quantity for g in goods)
    weight = sum(g.weight_g * g.quantity for g in goods)
    if weight > box.max_weight_g:
        return f"too heavy: {weight} g, it bears {box.max_weight_g} g"
    for g in goods:
        if any(side > room for side, room in zip(g.sides, box.sides, strict=True)):
            return "too long: " + " × ".join(str(side) for side in g.sides) + " mm does not go in"
    room = box.volume_mm3 if pieces == 1 else int(box.volume_mm3 * FILL)
    if sum(g.volume_mm3 for g in goods) > room:
        return "too full"
    if pieces > 1 and not _goes_in(box, goods, pieces):
        return "no way found to lay the pieces in"
    return None


def _goes_in(box: Box, goods: Sequence[Goods], pieces: int) -> bool:
    if len(goods) == 1 and _in_rows(box.sides, goods[0].sides) >= pieces:
        return True
    return pieces <= SEARCH_UP_TO and lay(box, goods) is not None


def _in_rows(box: tuple[int, int, int], piece: tuple[int, int, int]) -> int:
    """How many equal pieces stand in plain rows, turned the best way."""
    return max((box[0] // a) * (box[1] // b) * (box[2] // c) for a, b, c in permutations(piece))


Space = tuple[int, int, int, int, int, int]  # x, y, z, and its lengths


def lay(box: Box, goods: Sequence[Goods]) -> list[Laid] | None:
    """A way to lay the goods into the carton (sides longest first), largest piece first, or None when none was found."""
    spaces: list[Space] = [(0, 0, 0, *box.sides)]
    laid: list[Laid] = []
    pieces = [g.sides for g in goods for _ in range(g.quantity)]
    for piece in sorted(pieces, key=lambda s: (s[0] * s[1] * s[2], s), reverse=True):
        found = _best_space(spaces, piece)
        if found is None:
            return None
        space, turned = found
        spaces.remove(space)
        x, y, z, lx, ly, lz = space
        dx, dy, dz = turned
        laid.append(Laid(x, y, z, dx, dy, dz))
        rest = [
            (x + dx, y, z, lx - dx, ly, lz),
            (x, y + dy, z, dx, ly - dy, lz),
            (x, y, z + dz, dx, dy, lz - dz),
        ]
        spaces += [s for s in rest if min(s[3:]) > 0]
    return laid


def _best_space(
    spaces: Sequence[Space], piece: tuple[int, int, int]
) -> tuple[Space, tuple[int, int, int]] | None:
    """The smallest space that takes the piece, and the way to turn it that leaves the largest rest in one."""
    best: tuple[tuple[int, int], Space, tuple[int, int, int]] | None = None
    for space in spaces:
        _, _, _, lx, ly, lz = space
        for dx, dy, dz in set(permutations(piece)):
            if dx > lx or dy > ly or dz > lz:
                continue
            rest = max((lx - dx) * ly * lz, dx * (ly - dy) * lz, dx * dy * (lz - dz))
            rank = (lx * ly * lz, -rest)
            if best is None or (rank, (dx, dy, dz)) < (best[0], best[2]):
                best = (rank, space, (dx, dy, dz))
    return None if best is None else (best[1], best[2])
