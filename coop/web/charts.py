"""The geometry of charts: pure functions from figures to places in a drawing. No Django, no drawing here.

Horizontal places are per cent or thousandths of the width (the drawing stretches), vertical ones pixels.
Floats are for places on the screen alone; the figures themselves stay as they came.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

Figure = Decimal | int | float
Point = tuple[str, Figure | None]

PLOT_WIDTH = 1000


@dataclass(frozen=True)
class Tick:
    """One grid line: its value and how far from the top it lies."""

    value: Figure
    y: float


@dataclass(frozen=True)
class Line:
    """One series. `runs` are its polylines (a gap in the figures is a gap in the line)."""

    name: str
    index: int
    runs: list[str]
    area: str
    last_value: Figure | None
    last_y: float
    label_y: float


@dataclass(frozen=True)
class LineChart:
    """A chart of lines over one row of labels."""

    lines: list[Line]
    ticks: list[Tick]
    x_labels: list[tuple[str, str, str]]  # text, x in per cent, anchor
    height: int
    rows: list[tuple[str, list[Figure | None]]] = field(default_factory=list)


@dataclass(frozen=True)
class Bar:
    """One bar: `share` is per cent of the longest, `x` and `width` per cent of the plot."""

    label: str
    value: Figure
    share: float
    x: float
    width: float
    y: float
    height: float
    middle: float
    shows_label: bool


def nice_ceiling(highest: Figure) -> float:
    """The next round number at or above: 1, 2, 2.5, 5 or 10 times a power of ten. 1 for nothing."""
    top = float(highest)
    if top <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= top - 1e-9)


def line_chart(series: Sequence[tuple[str, Sequence[Point]]], *, height: int = 200) -> LineChart:
    """Lay out lines from zero to a round number; the first series gets the area under it."""
    values = [float(v) for _, points in series for _, v in points if v is not None]
    top = nice_ceiling(max(values, default=0))
    labels = [label for label, _ in series[0][1]] if series else []
    lines: list[Line] = []
    taken: list[float] = []
    for index, (name, points) in enumerate(series):
        places = [_place(i, len(points), value, top, height) for i, (_, value) in enumerate(points)]
        known = [place for place in places if place is not None]
        last_y = known[-1][1] if known else float(height)
        # The label stands over the last stretch of the line, so it must clear the highest point there.
        nearby = [y for x, y in known if x >= PLOT_WIDTH * 0.75]
        label_y = _free(max(min(nearby, default=last_y) - 10, 12), taken, height)
        taken.append(label_y)
        last_value = next((value for _, value in reversed(points) if value is not None), None)
        area = _area(known, height) if index == 0 and len(series) == 1 and len(known) == len(places) else ""
        lines.append(Line(name, index, _runs(places), area, last_value, last_y, label_y))
    return LineChart(
        lines=lines,
        ticks=[Tick(top * part / 2, height - height * part / 2) for part in range(3)],
        x_labels=_edge_labels(labels),
        height=height,
        rows=[(label, [points[i][1] for _, points in series]) for i, label in enumerate(labels)],
    )


def columns(points: Sequence[tuple[str, Figure]], *, height: int = 180, most_labels: int = 6) -> list[Bar]:
    """Upright bars for time; at most `most_labels` are labelled so that they fit a phone."""
    top = max((float(v) for _, v in points), default=0) or 1.0
    step = 100 / max(len(points), 1)
    every = max(1, math.ceil(len(points) / most_labels))
    bars = []
    for i, (label, value) in enumerate(points):
        tall = round(height * max(float(value), 0) / top, 2)
        bars.append(
            Bar(
                label=label,
                value=value,
                share=round(100 * max(float(value), 0) / top, 2),
                x=round(i * step + step * 0.14, 3),
                width=round(step * 0.72, 3),
                y=round(height - tall, 2),
                height=tall,
                middle=round(i * step + step / 2, 3),
                shows_label=i % every == 0,
            )
        )
    return bars


def bars(points: Sequence[tuple[str, Figure]], *, row: int = 44, most: Figure | None = None) -> list[Bar]:
    """Lying bars for kinds of things: name above the bar, figure at its right; the longest fills the width."""
    top = float(most) if most else max((float(v) for _, v in points), default=0) or 1.0
    return [
        Bar(
            label=label,
            value=value,
            share=min(100.0, round(100 * max(float(value), 0) / top, 2)),
            x=0,
            width=100,
            y=i * row,
            height=row,
            middle=i * row + 16,
            shows_label=True,
        )
        for i, (label, value) in enumerate(points)
    ]


def sparkline(values: Sequence[Figure], *, width: int = 96, height: int = 28) -> str:
    """The points of a small line that fills its box."""
    if not values:
        return ""
    low, high = float(min(values)), float(max(values))
    span = (high - low) or 1.0
    step = (width - 4) / max(len(values) - 1, 1)
    return " ".join(
        f"{2 + i * step:.1f},{height - 3 - (float(v) - low) / span * (height - 6):.1f}"
        for i, v in enumerate(values)
    )


def _place(i: int, count: int, value: Figure | None, top: float, height: int) -> tuple[float, float] | None:
    if value is None:
        return None
    x = PLOT_WIDTH * i / max(count - 1, 1)
    return x, height - height * float(value) / top


def _runs(places: Sequence[tuple[float, float] | None]) -> list[str]:
    runs: list[list[str]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(f"{place[0]:.1f},{place[1]:.1f}")
    return [" ".join(run) for run in runs if run]


def _area(places: Sequence[tuple[float, float]], height: int) -> str:
    if len(places) < 2:
        return ""
    middle = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f"{places[0][0]:.1f},{height} {middle} {places[-1][0]:.1f},{height}"


def _free(y: float, taken: Sequence[float], height: int, gap: float = 18) -> float:
    """The nearest place for a label that no other label has."""
    for offset in range(0, height, 2):
        for candidate in (y - offset, y + offset):
            if 12 <= candidate <= height - 2 and all(abs(candidate - other) >= gap for other in taken):
                return candidate
    return y


def _edge_labels(labels: Sequence[str]) -> list[tuple[str, str, str]]:
    if not labels:
        return []
    if len(labels) == 1:
        return [(labels[0], "0%", "start")]
    ends = [(labels[0], "0%", "start"), (labels[-1], "100%", "end")]
    if len(labels) >= 5:
        middle = len(labels) // 2
        ends.insert(1, (labels[middle], f"{100 * middle / (len(labels) - 1):.1f}%", "middle"))
    return ends
