"""Where the names of places stand in a drawing, so that none lies on another: at every size that it may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

Size = tuple[float, float]
Box = tuple[float, float, float, float]

# Of 13 px type: the width of a letter (with room to spare), the height of a line; and the half of a mark.
_LETTER, _LINE, _MARK = 7.0, 16.0, 14.0
_STEPS = (0.0, 14.0, 28.0, 44.0, 62.0)
_WAYS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


@dataclass(frozen=True)
class Spot:
    """A mark at (x, y), as parts of width and height, with its name and a second line (left out when narrow)."""

    x: float
    y: float
    name: str
    note: str = ""


@dataclass(frozen=True)
class Label:
    """Beside its mark, in pixels: the first line's base at (dx, dy); `reach` is the end of a leader, or nothing."""

    dx: float
    dy: float
    anchor: str
    reach: tuple[float, float] | None = None


def place_labels(spots: Sequence[Spot], sizes: Sequence[Size]) -> list[Label]:
    """One label a spot, close to it where there is room. In the narrowest size the second lines are left out."""
    narrow = min(sizes)
    taken: dict[Size, list[Box]] = {
        size: [_around(spot, size) for spot in spots] for size in sizes
    }  # no name covers a mark
    labels = []
    for spot in spots:
        tries = [_label(step, way, bool(spot.note)) for step, way in product(_STEPS, _WAYS)]
        cost = {
            label: sum(_trouble(_box(label, spot, size, size == narrow), size, taken[size]) for size in sizes)
            for label in tries
        }
        best = min(tries, key=lambda label: cost[label])
        for size in sizes:
            taken[size].append(_box(best, spot, size, size == narrow))
        labels.append(best)
    return labels


def _around(spot: Spot, size: Size) -> Box:
    x, y = spot.x * size[0], spot.y * size[1]
    return x - _MARK, y - _MARK, x + _MARK, y + _MARK


def _label(step: float, way: tuple[int, int], two_lines: bool) -> Label:
    across, down = way
    anchor = {1: "start", 0: "middle", -1: "end"}[across]
    reach = _MARK + step
    second = _LINE if two_lines else 0.0
    dx = across * (reach + 4 if not down else reach * 0.8)
    base = {0: 4.5 - second / 2, 1: reach + 13, -1: -reach - 5 - second}[down]
    if not step:
        return Label(round(dx, 1), round(base, 1), anchor)
    end = (across * (reach if not down else reach * 0.8 - 3), down * reach)
    return Label(round(dx, 1), round(base, 1), anchor, (round(end[0], 1), round(end[1], 1)))


def _box(label: Label, spot: Spot, size: Size, narrow: bool) -> Box:
    letters = len(spot.name) if narrow else max(len(spot.name), len(spot.note))
    width = letters * _LETTER
    lines = 1 if narrow or not spot.note else 2
    x, y = spot.x * size[0] + label.dx, spot.y * size[1] + label.dy
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * width
    return left, y - 12, left + width, y - 12 + lines * _LINE


def _trouble(box: Box, size: Size, taken: Sequence[Box]) -> float:
    """How much of it lies on others or off the drawing, in square pixels."""
    inside = max(0.0, min(box[2], size[0]) - max(box[0], 0)) * max(0.0, min(box[3], size[1]) - max(box[1], 0))
    whole = (box[2] - box[0]) * (box[3] - box[1])
    return whole - inside + sum(_shared(box, other) for other in taken)


def _shared(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0
