"""A carton and what lies in it, as lines on paper: isometric, to scale. Pure: no Django.

Points are in millimetres, multiplied by the cosine and sine of 30°, with the origin at the carton's lower corner.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from fulfillment.packing.cartons import Laid

_X, _Y = cos(pi / 6), sin(pi / 6)
Corner = tuple[float, float, float]


@dataclass(frozen=True)
class Face:
    """One side of a box: which one (top, left, right) and its corners as an SVG `points` value."""

    side: str
    points: str


@dataclass(frozen=True)
class Drawing:
    """The three far walls of the carton, the visible faces of each piece from back to front, and the frame."""

    view_box: str
    walls: Sequence[Face]
    pieces: Sequence[Sequence[Face]]


def draw(sides: tuple[int, int, int], pieces: Iterable[Laid], frame: tuple[int, int, int]) -> Drawing:
    """Draw a carton of `sides` (longest first). `frame` is the largest carton's: it keeps all drawings to one scale."""
    length, width, height = sides
    walls = [
        Face("floor", _points((0, 0, 0), (length, 0, 0), (length, width, 0), (0, width, 0))),
        Face("left", _points((0, 0, 0), (0, width, 0), (0, width, height), (0, 0, height))),
        Face("right", _points((0, 0, 0), (length, 0, 0), (length, 0, height), (0, 0, height))),
    ]
    # What lies behind and below is drawn first.
    ordered = sorted(pieces, key=lambda p: (p.x + p.y + p.z, p.z))
    return Drawing(_view_box(frame), walls, [_faces(p) for p in ordered])


def _faces(p: Laid) -> list[Face]:
    x, y, z = p.x + p.dx, p.y + p.dy, p.z + p.dz
    return [
        Face("top", _points((p.x, p.y, z), (x, p.y, z), (x, y, z), (p.x, y, z))),
        Face("left", _points((p.x, y, p.z), (x, y, p.z), (x, y, z), (p.x, y, z))),
        Face("right", _points((x, p.y, p.z), (x, y, p.z), (x, y, z), (x, p.y, z))),
    ]


def _points(*corners: Corner) -> str:
    return " ".join(f"{px:.1f},{py:.1f}" for px, py in map(_project, corners))


def _project(corner: Corner) -> tuple[float, float]:
    x, y, z = corner
    return (x - y) * _X, (x + y) * _Y - z


def _view_box(frame: tuple[int, int, int]) -> str:
    length, width, height = frame
    left, right = -width * _X, length * _X
    top, bottom = -float(height), (length + width) * _Y
    edge = 0.02 * (right - left)
    return f"{left - edge:.1f} {top - edge:.1f} {right - left + 2 * edge:.1f} {bottom - top + 2 * edge:.1f}"
