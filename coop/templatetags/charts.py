"""Charts and codes as inline SVG: no style attribute, direct labels, a table behind each chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import segno
from barcode import get_barcode_class
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from coop.templatetags import figures
from coop.web import charts as geometry
from coop.web import maps

register = template.Library()

_BAR_HEIGHT = 50
# Rows of the table behind a map; the rest is one sum.
_MOST_PLACES = 12


def _write(value: Any, unit: str) -> str:
    """A figure with its unit: a currency's code makes it money, anything else follows it."""
    if value is None:
        return figures.NOTHING
    if len(unit) == 3 and unit.isupper():
        return figures.money(value, unit)
    return f"{figures.qty(value)}{figures.NBSP}{unit}" if unit else str(figures.qty(value))


def _axis(value: float, unit: str) -> str:
    """A grid line's figure, short: whole where it is whole."""
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")
    if len(unit) == 3 and unit.isupper():
        return f"{figures._SIGNS.get(unit, unit + figures.NBSP)}{text}"
    return text


@register.inclusion_tag("components/chart_line.html")
def line_chart(points: Any, label: str, unit: str = "", name: str = "", height: int = 180) -> dict[str, Any]:
    """{% line_chart points label="Cost per day" unit="EUR" %}.

    `points` is a sequence of (label, value), or a mapping or sequence of pairs name → such sequences for several lines
    (at most four; the first two carry the meaning). A value of None is a gap.
    """
    series = _series(points, name or label)
    chart = geometry.line_chart(series, height=height)
    return {
        "chart": chart,
        "label": label,
        "svg_height": height + 30,
        "label_row": height + 20,
        "ticks": [(tick.y, _axis(float(tick.value), unit)) for tick in chart.ticks],
        "ends": [(line, _write(line.last_value, unit)) for line in chart.lines],
        "names": [name for name, _ in series],
        "several": len(series) > 1,
        "rows": [(head, [_write(value, unit) for value in values]) for head, values in chart.rows],
    }


def _series(points: Any, name: str) -> list[tuple[str, Sequence[geometry.Point]]]:
    if isinstance(points, Mapping):
        return list(points.items())
    points = list(points)
    if points and not isinstance(points[0][1], str) and hasattr(points[0][1], "__iter__"):
        return [(str(each), list(values)) for each, values in points]
    return [(name, points)]


@register.inclusion_tag("components/chart_bar.html")
def bar_chart(points: Any, label: str, unit: str = "", most: Any = None) -> dict[str, Any]:
    """{% bar_chart points label="Stock by node" unit="pcs" %}: (name, value) as lying bars; `most` fixes the full width."""
    drawn = geometry.bars(list(points), most=most)
    return {
        "bars": [(bar, _write(bar.value, unit), bar.middle + 8) for bar in drawn],
        "label": label,
        "svg_height": 44 * len(drawn) or 44,
    }


@register.inclusion_tag("components/chart_column.html")
def column_chart(points: Any, label: str, unit: str = "", height: int = 160) -> dict[str, Any]:
    """{% column_chart points label="Picks per hour" %}: (label, value) as upright bars, for time."""
    drawn = geometry.columns(list(points), height=height)
    peak = max(drawn, key=lambda bar: bar.height, default=None)
    return {
        "bars": [(bar, _write(bar.value, unit), bar is peak) for bar in drawn],
        "label": label,
        "height": height,
        "svg_height": height + 44,
    }


@register.inclusion_tag("components/map.html")
def area_map(
    marks: Sequence[maps.Mark], dots: Sequence[maps.Dot] = (), label: str = "", unit: str = "orders"
) -> dict[str, Any]:
    """{% area_map marks dots label="Nodes, and where orders went" unit="orders" %}: `Mark`s and `Dot`s of coop.web.maps."""
    drawn = maps.area_map(list(marks), list(dots))
    rest = drawn.places[_MOST_PLACES:]
    return {
        "map": drawn,
        "label": label,
        "unit": unit,
        "leads": any(pin.mark.url for pin in drawn.pins),
        "places": drawn.places[:_MOST_PLACES],
        "more": sum(count for _, count in rest),
        "more_places": len(rest),
    }


@register.simple_tag
def sparkline(values: Any, label: str) -> SafeString:
    """{% sparkline sku.daily "Sold per day, last 30 days" %}: a line the size of a word; the label carries the sense."""
    return format_html(
        '<svg class="sparkline" viewBox="0 0 96 28" role="img" aria-label="{}"><polyline points="{}"/></svg>',
        label,
        geometry.sparkline(list(values)),
    )


@register.simple_tag
def barcode(code: Any, kind: str = "code128", caption: bool = True) -> SafeString:
    """{% barcode bin.code %}; kind: code128, ean13, ean8, upca, itf; black on white in every theme."""
    bars = get_barcode_class(kind)(str(code)).build()[0]
    runs, at = [], 0
    while (start := bars.find("1", at)) >= 0:
        end = bars.find("0", start)
        at = end if end >= 0 else len(bars)
        runs.append(f"M{start} 0h{at - start}v{_BAR_HEIGHT}H{start}z")
    # Ten modules of silence on both sides: without them a scanner reads nothing (ISO/IEC 15417).
    box = f"-10 0 {len(bars) + 20} {_BAR_HEIGHT}"
    text = format_html("<span>{}</span>", code) if caption else ""
    return format_html(
        '<span class="barcode"><svg viewBox="{}" preserveAspectRatio="none" role="img" aria-label="Barcode {}" '
        'shape-rendering="crispEdges"><path d="{}"/></svg>{}</span>',
        box,
        code,
        "".join(runs),
        text,
    )


@register.simple_tag
def qr(content: Any, label: str = "QR code") -> SafeString:
    """{% qr url "Open this batch" %}."""
    code = segno.make(str(content), micro=False)
    svg = code.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=4, title=str(label))
    return format_html('<span class="barcode barcode--qr">{}</span>', mark_safe(svg))  # noqa: S308
