"""The geometry of maps: pure functions from places on the earth to places in a drawing. No Django, no drawing here.

A map is a piece of the earth without tiles: our own marks, dots that sum up what lies near each other, and a scale. Its
projection is equirectangular, true to scale at the middle latitude of the frame (J. P. Snyder, "Map Projections: A
Working Manual", USGS Professional Paper 1395, 1987, p. 90): for a city's region the error is far below a pixel.
Floats are for places on the screen alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from coop.web.maplabels import Label, Spot, place_labels

Degrees = Decimal | float
LatLng = tuple[Degrees, Degrees]

# Metres of one degree of latitude: a 360th of the circumference of a sphere of the mean radius R1 (GRS 80).
DEGREE_M = 6_371_008.8 * math.pi / 180
WIDTH, HEIGHT = 100.0, 75.0
# Pixels of the narrowest and the usual drawing: labels must fit both.
PHONE, DESK = (296.0, 222.0), (600.0, 450.0)

# A map of one place still shows this much around it.
_LEAST_M = 4_000.0
_MARGIN = 0.12
# So many of all counted things must lie on the map; a handful of far ones must not shrink the rest to a point.
_SHARE = 0.8
_COLUMNS = 48
_DOT_PX = (2.0, 9.0)


@dataclass(frozen=True)
class Mark:
    """One named place: `shape` is circle, square or diamond, `level` per cent of a ring around it, `url` where it leads."""

    label: str
    latitude: Degrees
    longitude: Degrees
    note: str = ""
    shape: str = "circle"
    level: int | None = None
    tone: str = ""
    url: str = ""


@dataclass(frozen=True)
class Dot:
    """So many things at one place, whose name is said in the table behind."""

    latitude: Degrees
    longitude: Degrees
    count: int
    label: str = ""


@dataclass(frozen=True)
class Frame:
    """The piece of the earth that is shown, in degrees; `east` may pass 180 where it crosses the date line."""

    south: float
    west: float
    north: float
    east: float

    @property
    def stretch(self) -> float:
        """How long a degree of longitude is in the middle, measured in degrees of latitude."""
        return max(math.cos(math.radians((self.south + self.north) / 2)), 0.01)

    @property
    def width_m(self) -> float:
        """Metres from its left to its right edge, in the middle."""
        return (self.east - self.west) * self.stretch * DEGREE_M

    def holds(self, latitude: Degrees, longitude: Degrees) -> bool:
        """Whether a place lies on it."""
        return (
            self.south <= float(latitude) <= self.north and self.west <= self.turned(longitude) <= self.east
        )

    def turned(self, longitude: Degrees) -> float:
        """The longitude as this frame counts it: within half a turn of its middle."""
        middle = (self.west + self.east) / 2
        return middle + _turn(float(longitude) - middle)


@dataclass(frozen=True)
class Pin:
    """A mark in its place: per cent of the drawing's width and height, its label beside it in pixels."""

    mark: Mark
    x: float
    y: float
    text: Label

    @property
    def arc(self) -> int:
        """Per cent of the ring that are drawn."""
        return min(self.mark.level or 0, 100)


@dataclass(frozen=True)
class Blot:
    """What lies near each other, summed: per cent of width and height, radius in pixels (its area goes with the count)."""

    x: float
    y: float
    radius: float
    count: int
    label: str


@dataclass(frozen=True)
class Map:
    """Everything a drawing needs. `scale` is (words, per cent of the width); `beyond` counts what lies off the map."""

    pins: list[Pin]
    blots: list[Blot]
    scale: tuple[str, float]
    places: list[tuple[str, int]]
    total: int
    beyond: int
    beyond_most: str


def project(
    points: Sequence[LatLng], width: float, height: float, *, frame: Frame | None = None
) -> list[tuple[float, float]]:
    """(x, y) from the top left corner for each (latitude, longitude) in degrees; without a frame they fill the drawing."""
    shown = _to_shape(frame or around(points), width / height)
    across, down = shown.east - shown.west, shown.north - shown.south
    return [
        (
            round(width * (shown.turned(longitude) - shown.west) / across, 3),
            round(height * (shown.north - float(latitude)) / down, 3),
        )
        for latitude, longitude in points
    ]


def around(points: Sequence[LatLng], *, margin: float = _MARGIN) -> Frame:
    """The smallest frame around all points with a margin (a part of its size), never under a few kilometres."""
    if not points:
        return Frame(-60.0, -180.0, 75.0, 180.0)
    latitudes = [float(latitude) for latitude, _ in points]
    west, east = _shortest_span([float(longitude) for _, longitude in points])
    south, north = min(latitudes), max(latitudes)
    stretch = max(math.cos(math.radians((south + north) / 2)), 0.01)
    least = _LEAST_M / DEGREE_M / 2
    high = max((north - south) * (0.5 + margin), least)
    wide = max((east - west) * (0.5 + margin), least / stretch)
    middle, centre = (south + north) / 2, (west + east) / 2
    return Frame(middle - high, centre - wide, middle + high, centre + wide)


def area_map(marks: Sequence[Mark], dots: Sequence[Dot] = ()) -> Map:
    """Lay out a map that shows every mark and most of what is counted, the nearest to the marks first."""
    frame = _to_shape(around(_worth_showing(marks, dots)), WIDTH / HEIGHT)
    spots = project([(m.latitude, m.longitude) for m in marks], WIDTH, HEIGHT, frame=frame)
    shares = [(x / WIDTH, y / HEIGHT) for x, y in spots]
    texts = place_labels(
        [Spot(x, y, mark.label, mark.note) for (x, y), mark in zip(shares, marks, strict=True)], (PHONE, DESK)
    )
    on_it = [dot for dot in dots if frame.holds(dot.latitude, dot.longitude)]
    off = _by_label(dot for dot in dots if not frame.holds(dot.latitude, dot.longitude))
    return Map(
        pins=[
            Pin(mark, round(100 * x, 2), round(100 * y, 2), text)
            for mark, (x, y), text in zip(marks, shares, texts, strict=True)
        ],
        blots=_blots(on_it, frame),
        scale=_scale(frame.width_m),
        places=_by_label(dots),
        total=sum(dot.count for dot in dots),
        beyond=sum(count for _, count in off),
        beyond_most=off[0][0] if off else "",
    )


def _worth_showing(marks: Sequence[Mark], dots: Sequence[Dot]) -> list[LatLng]:
    """All marks, and the dots nearest to any of them until most of what is counted is there."""
    points: list[LatLng] = [(mark.latitude, mark.longitude) for mark in marks]
    wanted = _SHARE * sum(dot.count for dot in dots)
    for dot in sorted(dots, key=lambda dot: _nearest(dot, marks)):
        if wanted <= 0:
            break
        points.append((dot.latitude, dot.longitude))
        wanted -= dot.count
    return points


def _nearest(dot: Dot, marks: Sequence[Mark]) -> float:
    """How far the nearest mark is; good enough to sort by."""
    stretch = math.cos(math.radians(float(dot.latitude)))
    return min(
        (
            math.hypot(
                float(mark.latitude) - float(dot.latitude),
                _turn(float(mark.longitude) - float(dot.longitude)) * stretch,
            )
            for mark in marks
        ),
        default=0.0,
    )


def _blots(dots: Sequence[Dot], frame: Frame) -> list[Blot]:
    places = project([(dot.latitude, dot.longitude) for dot in dots], WIDTH, HEIGHT, frame=frame)
    cell = WIDTH / _COLUMNS
    cells: dict[tuple[int, int], list[tuple[float, float, Dot]]] = {}
    for (x, y), dot in zip(places, dots, strict=True):
        cells.setdefault((int(x // cell), int(y // cell)), []).append((x, y, dot))
    most = max((sum(dot.count for _, _, dot in inside) for inside in cells.values()), default=1)
    low, high = _DOT_PX
    blots = []
    for inside in cells.values():
        count = sum(dot.count for _, _, dot in inside)
        blots.append(
            Blot(
                x=round(100 / WIDTH * sum(x * dot.count for x, _, dot in inside) / count, 2),
                y=round(100 / HEIGHT * sum(y * dot.count for _, y, dot in inside) / count, 2),
                radius=round(max(low, high * math.sqrt(count / most)), 1),
                count=count,
                label=_by_label(dot for _, _, dot in inside)[0][0],
            )
        )
    return sorted(blots, key=lambda blot: -blot.radius)


def _by_label(dots: Iterable[Dot]) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for dot in dots:
        counts[dot.label] += dot.count
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _scale(width_m: float) -> tuple[str, float]:
    """A round length of at most a quarter of the width, in words and in per cent of it."""
    most = width_m / 4
    power = 10.0 ** math.floor(math.log10(most))
    length = next(step * power for step in (5, 2, 1) if step * power <= most * (1 + 1e-9))
    words = f"{length / 1000:,.0f} km" if length >= 1000 else f"{length:,.0f} m"
    return words, round(100 * length / width_m, 2)


def _to_shape(frame: Frame, aspect: float) -> Frame:
    """The frame, made wider or higher until it has that shape, so that lengths are the same both ways."""
    wide, high = (frame.east - frame.west) * frame.stretch, frame.north - frame.south
    if wide / high < aspect:
        grow = (high * aspect / frame.stretch - (frame.east - frame.west)) / 2
        return Frame(frame.south, frame.west - grow, frame.north, frame.east + grow)
    grow = (wide / aspect - high) / 2
    return Frame(frame.south - grow, frame.west, frame.north + grow, frame.east)


def _shortest_span(longitudes: Sequence[float]) -> tuple[float, float]:
    """West and east of all of them, over the date line where that is shorter."""
    ordered = sorted(longitude % 360 for longitude in longitudes)
    gaps = [
        (following - one, following)
        for one, following in zip(ordered, [*ordered[1:], ordered[0] + 360], strict=True)
    ]
    width, west = max(gaps)
    west = west % 360
    west = west - 360 if west > 180 else west
    return west, west + 360 - width


def _turn(degrees: float) -> float:
    return (degrees + 180) % 360 - 180
