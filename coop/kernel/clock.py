"""The one clock of the house.

Everything that asks what time it is asks here, so that history can be built through the same services as
everyone uses: inside `with clock.at(moment):` the whole house believes that it is `moment`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

_pinned: ContextVar[dt.datetime | None] = ContextVar("pinned_clock", default=None)


def now() -> dt.datetime:
    """The current moment, aware, in UTC."""
    return _pinned.get() or dt.datetime.now(tz=dt.UTC)


def today(zone: str | ZoneInfo) -> dt.date:
    """The calendar day it is now in `zone`; a node's day is `today(node.timezone)`."""
    return now().astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).date()


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from `first` to `last`, both included; none when the last lies before the first."""
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def days_in_words(count: int) -> str:
    """So many days, as a sentence has them: 1 day, 3 days."""
    return "1 day" if count == 1 else f"{count} days"


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Pin the clock to an aware moment for the current context (thread or task) only."""
    if moment.tzinfo is None:
        raise ValueError("clock.at() wants an aware moment")
    token = _pinned.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _pinned.reset(token)
