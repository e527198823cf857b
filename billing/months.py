"""Months as billing counts them: whole calendar months, by their first day."""

from __future__ import annotations

import datetime as dt

from coop.kernel import clock


def first_day(day: dt.date) -> dt.date:
    """The first day of that month."""
    return day.replace(day=1)


def last_day(day: dt.date) -> dt.date:
    """The last day of that month."""
    return next_month(day) - dt.timedelta(days=1)


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after."""
    return (first_day(day) + dt.timedelta(days=32)).replace(day=1)


def month_before(day: dt.date) -> dt.date:
    """The first day of the month before."""
    return first_day(first_day(day) - dt.timedelta(days=1))


def parse(text: str) -> dt.date | None:
    """2026-10 → 1 October 2026; None when it is no month."""
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def to_invoice(text: str) -> dt.date:
    """The month that `text` names (2026-10); the one before this otherwise, which is the one to invoice."""
    return parse(text) or month_before(clock.today("UTC"))


def neighbours(month: dt.date, *, latest: dt.date) -> tuple[dt.date, dt.date | None]:
    """The month before, and the one after unless that is yet to come."""
    after = next_month(month)
    return month_before(month), after if after <= latest else None
