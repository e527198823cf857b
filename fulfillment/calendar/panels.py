"""Load against capacity per day as a drawing: where each column stands. Pure; horizontal places in per cent, vertical in pixels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 72
# A column's label needs some room; more than this fit no phone.
_MOST_LABELS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One day: what is offered, what is booked of it, and what comes on top."""

    day: dt.date
    capacity: int
    booked: int
    more: int = 0

    @property
    def used(self) -> int:
        return self.booked + self.more

    @property
    def over(self) -> int:
        return max(0, self.used - self.capacity)


@dataclass(frozen=True, slots=True)
class Part:
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One day's column: the capacity behind, what is booked, what comes on top. `label` stands under it when it has room."""

    figure: Figure
    x: float
    width: float
    middle: float
    capacity: Part
    booked: Part
    more: Part
    label: str
    is_peak: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """One kind of capacity over the days. `peak` is the day with the most to do for what is offered, if anything is used."""

    name: str
    unit: str
    columns: Sequence[Column]
    peak: Column | None
    over: int

    @property
    def peak_anchor(self) -> str:
        """At which edge the peak's figure is told, so that it stays in the drawing."""
        if self.peak is None or self.peak.middle < 20:
            return "start"
        return "end" if self.peak.middle > 80 else "middle"


def panel(name: str, unit: str, figures: Sequence[Figure]) -> Panel | None:
    """The columns of a kind of capacity; None when none is offered and none used on all the days."""
    top = max((max(f.capacity, f.used) for f in figures), default=0)
    if top == 0:
        return None
    step = 100 / len(figures)
    busiest = max(figures, key=lambda f: (f.used / f.capacity if f.capacity else f.used * 1_000, f.used))
    every = -(-len(figures) // _MOST_LABELS)
    every = max(7, -(-every // 7) * 7) if len(figures) > 7 else 1
    columns = [
        _column(figure, n * step, step, top, n % every == 0, figure is busiest and figure.used > 0)
        for n, figure in enumerate(figures)
    ]
    peak = next((column for column in columns if column.is_peak), None)
    return Panel(name, unit, columns, peak, sum(figure.over > 0 for figure in figures))


def _column(figure: Figure, x: float, step: float, top: int, labelled: bool, is_peak: bool) -> Column:
    booked = _part(figure.booked, 0, top)
    return Column(
        figure=figure,
        x=round(x + step * 0.12, 3),
        width=round(step * 0.76, 3),
        middle=round(x + step / 2, 3),
        capacity=_part(figure.capacity, 0, top),
        booked=booked,
        more=_part(figure.more, figure.booked, top),
        label=f"{figure.day.day} {figure.day:%b}" if labelled else "",
        is_peak=is_peak,
    )


def _part(amount: int, below: int, top: int) -> Part:
    tall = round(HEIGHT * amount / top, 2)
    return Part(round(HEIGHT - HEIGHT * below / top - tall, 2), tall)
