"""Days by a rule: read as the standard says, refused in words, and never searched for ever."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from coop.kernel.recurrence import BadRule, days_by_rule

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)


def test_every_second_tuesday_counts_from_the_start() -> None:
    days = days_by_rule(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", dt.date(2026, 1, 6), dt.date(2026, 2, 1), dt.date(2026, 3, 5)
    )
    assert days == [dt.date(2026, 2, 3), dt.date(2026, 2, 17), dt.date(2026, 3, 3)]


def test_a_leap_day_and_the_last_friday() -> None:
    assert days_by_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", FIRST, FIRST, dt.date(2032, 12, 31)) == [
        dt.date(2028, 2, 29),
        dt.date(2032, 2, 29),
    ]
    assert days_by_rule("FREQ=MONTHLY;BYDAY=-1FR", FIRST, FIRST, dt.date(2026, 2, 28)) == [
        dt.date(2026, 1, 30),
        dt.date(2026, 2, 27),
    ]


def test_until_ends_it() -> None:
    assert len(days_by_rule("FREQ=DAILY;UNTIL=20260110", FIRST, FIRST, LAST)) == 10
    assert days_by_rule("FREQ=DAILY;UNTIL=20250110", FIRST, FIRST, LAST) == []


@pytest.mark.parametrize("freq", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
def test_a_day_that_never_comes_is_found_out_at_once(freq: str) -> None:
    began = time.monotonic()
    assert days_by_rule(f"FREQ={freq};BYMONTH=2;BYMONTHDAY=30", FIRST, FIRST, LAST) == []
    # The library alone takes seconds (the daily one more than six).
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every Tuesday",
        "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=9999",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY;" + ";".join(["BYMONTH=1"] * 30),
    ],
)
def test_refuses_what_is_no_rule_of_days(rule: str) -> None:
    with pytest.raises(BadRule):
        days_by_rule(rule, FIRST, FIRST, LAST)
