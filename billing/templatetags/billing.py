"""Figures as accountants write them: the currency stands in the head of the column."""

from __future__ import annotations

from decimal import Decimal

from django import template

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
