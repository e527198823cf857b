"""Figures as accountants write them: the currency stands in the head of the column."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coop.templatetags import figures

register = template.Library()


@register.filter
def amount(value: Decimal | None) -> str:
    """1234.5 → 1,234.50, minus before the figure; a dash for nothing."""
    if value is None:
        return "–"
    return f"{value:,.2f}".replace("-", "\u2212")


@register.filter
def trimmed(value: Decimal) -> str:
    """19.00 → 19, 7.50 → 7.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def negated(value: Decimal) -> Decimal:
    """A credit as accountants write it: without its minus."""
    return -value


@register.filter
def counted(quantity: int, unit: str) -> SafeString:
    """3 pieces, 1 piece: the quantity with its unit in quiet ink."""
    # In one element: on a phone a cell lays its parts out by themselves.
    return format_html(
        '<span class="nowrap">{}</span>', figures.qty(quantity, unit if abs(quantity) == 1 else f"{unit}s")
    )


@register.filter
def fours(iban: str) -> str:
    """An IBAN as people read it aloud."""
    bare = iban.replace(" ", "")
    return "\u00a0".join(bare[i : i + 4] for i in range(0, len(bare), 4))


@register.simple_tag
def ghosted(value: Decimal, currency: str, most: int) -> SafeString:
    """A price with all its places, followed by zeros nobody sees, so that the points of a column stand in line."""
    text = figures.unit_price(value, currency)
    missing = most - len(text.partition(".")[2])
    return format_html('<span>{}<span class="ghost">{}</span></span>', text, "0" * max(missing, 0))
