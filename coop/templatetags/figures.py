"""Quantities, money, sizes and times as people read them. Text alone where it can be, so that it also fits e-mails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from coop.kernel import clock
from coop.kernel.money import round_amount
from coop.kernel.postal import address_lines, country_name

register = template.Library()

NBSP = "\u00a0"
MINUS = "\u2212"
NOTHING = "\u2013"
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def _number(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _grouped(number: Decimal) -> str:
    return f"{number:,f}".replace("-", MINUS)


@register.filter
def money(amount: Any, currency: str = "EUR") -> str:
    """1240.5 → €1,240.50; −€3.00; CHF 12.00. Rounded half-up to the currency's places, for display only."""
    number = _number(amount)
    if number is None:
        return NOTHING
    return _signed(round_amount(number, currency), currency)


@register.filter
def unit_price(amount: Any, currency: str = "EUR") -> str:
    """A rate as written on the card: at least the currency's places, never more than it needs. €0.035, €1.20."""
    number = _number(amount)
    if number is None:
        return NOTHING
    rounded = round_amount(number, currency)
    return _signed(rounded if rounded == number else number.normalize(), currency)


def _signed(number: Decimal, currency: str) -> str:
    sign = _SIGNS.get(currency, f"{currency}{NBSP}")
    return f"{MINUS if number < 0 else ''}{sign}{abs(number):,f}"


@register.filter
def qty(value: Any, unit: str = "") -> str | SafeString:
    """1240 → 1,240, with its unit in quiet ink when one is given."""
    number = _number(value)
    if number is None:
        return NOTHING
    return _with_unit(_grouped(number), unit) if unit else _grouped(number)


def _with_unit(figure: str, unit: str) -> SafeString:
    return format_html('{}{}<span class="unit">{}</span>', figure, NBSP, unit)


@register.filter
def mm(value: Any) -> str | SafeString:
    """A length in mm."""
    return qty(value, "mm")


@register.filter
def grams(value: Any) -> str | SafeString:
    """A weight in g; from 1,000 g on in kg."""
    number = _number(value)
    if number is None:
        return NOTHING
    if abs(number) < 1_000:
        return qty(number, "g")
    return _with_unit(_grouped((number / 1_000).quantize(Decimal("0.01")).normalize()), "kg")


@register.filter
def percent(part: Any, whole: Any = 1) -> str:
    """part of whole, in whole per cent; a dash when there is no whole."""
    top, bottom = _number(part), _number(whole)
    if top is None or not bottom:
        return NOTHING
    return f"{_grouped((top * 100 / bottom).quantize(Decimal(1)))}{NBSP}%"


@register.simple_tag
def dims(length_mm: Any, width_mm: Any, height_mm: Any) -> SafeString:
    """{% dims sku.length_mm sku.width_mm sku.height_mm %} → 320 × 200 × 90 mm."""
    figures = f"{NBSP}×{NBSP}".join(str(qty(side)) for side in (length_mm, width_mm, height_mm))
    return _with_unit(figures, "mm")


@register.simple_tag
def when(moment: dt.datetime | dt.date | None, place: Any = None) -> str | SafeString:
    """{% when order.placed_at node %} → relative time, with the exact time and zone on hover and for screen readers.

    `place` is a node (its zone), a zone name, or nothing (UTC). A plain date stays a date.
    """
    if moment is None:
        return NOTHING
    if not isinstance(moment, dt.datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), _date(moment))
    exact = exactly(moment, place)
    return format_html(
        '<time datetime="{}" title="{}">{}<span class="sr-only">, {}</span></time>',
        moment.isoformat(timespec="seconds"),
        exact,
        relatively(moment),
        exact,
    )


@register.simple_tag
def exact(moment: dt.datetime | None, place: Any = None, seconds: bool = False) -> str | SafeString:
    """{% exact invoice.issued_at node %} → Tue 3 Mar 2026, 14:05 CET, for records and print; `seconds=True` to the second."""
    if moment is None:
        return NOTHING
    iso = moment.isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', iso, exactly(moment, place, seconds))


@register.simple_tag
def countdown(moment: dt.datetime | None, place: Any = None) -> str | SafeString:
    """{% countdown drop.closes_at node %} → 2 d 4 h, kept running by app.js; says "closed" in words when past."""
    if moment is None:
        return NOTHING
    left = (moment - clock.now()).total_seconds()
    state = "data-past" if left <= 0 else "data-near" if left < _HOUR else ""
    return format_html(
        '<time class="countdown" datetime="{}" title="{}" data-countdown {}>{}</time>',
        moment.isoformat(timespec="seconds"),
        exactly(moment, place),
        state,
        duration(left) if left > 0 else "over",
    )


@register.filter
def duration(seconds: Any) -> str:
    """Seconds as the two greatest units that matter: 2 d 4 h, 3 h 5 min, 4 min 10 s, 12 s."""
    number = _number(seconds)
    if number is None:
        return NOTHING
    left = int(number)
    units = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))
    for index, (size, name) in enumerate(units):
        if left < size and size != 1:
            continue
        text = f"{left // size}{NBSP}{name}"
        if index + 1 < len(units) and (rest := left % size // units[index + 1][0]):
            text += f" {rest}{NBSP}{units[index + 1][1]}"
        return text
    return f"0{NBSP}s"


def zone_of(place: Any) -> ZoneInfo:
    """The zone of a node, or of a zone's name; UTC for nothing."""
    name = getattr(place, "timezone", place) or "UTC"
    return name if isinstance(name, ZoneInfo) else ZoneInfo(str(name))


def exactly(moment: dt.datetime, place: Any = None, seconds: bool = False) -> str:
    """Tue 3 Mar 2026, 14:05 CET."""
    local = moment.astimezone(zone_of(place))
    return f"{_date(local)}, {local:{'%H:%M:%S' if seconds else '%H:%M'}} {local.tzname()}"


def _date(day: dt.date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def relatively(moment: dt.datetime) -> str:
    """in 2 days, 5 minutes ago, just now; a date from 30 days on."""
    seconds = int((moment - clock.now()).total_seconds())
    size = abs(seconds)
    if size < _MINUTE:
        return "just now" if seconds <= 0 else "in a moment"
    if size >= 30 * _DAY:
        return f"{moment.day} {moment:%b %Y}"
    unit, name = (_DAY, "day") if size >= _DAY else (_HOUR, "hour") if size >= _HOUR else (_MINUTE, "minute")
    count = size // unit
    words = f"{count} {name}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"


@register.filter
def country(code: Any) -> str:
    """DE → Germany."""
    return country_name(str(code or ""))


@register.simple_tag
def address(place: Any, sent_from: Any = "") -> SafeString:
    """{% address order node.country %}: the lines under a name, one below the other, as the post wants them.

    `place` is an object or a mapping with street, postcode, city and country; posted within the country of
    `sent_from` its name is left out.
    """
    parts = {
        name: str((place.get(name) if isinstance(place, Mapping) else getattr(place, name)) or "")
        for name in ("street", "postcode", "city", "country")
    }
    lines = address_lines(**parts, sent_from=str(sent_from or ""))
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))
