"""When a node works and what it promises; days on which the clocks change included."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coop.nodes.geo import distance_m
from coop.nodes.hours import NeverOpen, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = {day: (dt.time(8), dt.time(18)) for day in range(5)}
EVERY_DAY = {day: (dt.time(1), dt.time(18)) for day in range(7)}


def schedule(**changes: object) -> Schedule:
    values = {"zone": BERLIN, "cutoff": dt.time(14), "week": OFFICE, "closures": frozenset(), **changes}
    return Schedule(**values)


def berlin(*parts: int, fold: int = 0) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=BERLIN, fold=fold)


def test_ships_the_same_working_day_until_the_cutoff_itself() -> None:
    assert schedule().promise(berlin(2026, 6, 3, 14, 0)) == berlin(2026, 6, 3, 18)


def test_ships_the_next_working_day_a_second_after_the_cutoff() -> None:
    assert schedule().promise(berlin(2026, 6, 3, 14, 0, 1)) == berlin(2026, 6, 4, 18)


def test_an_order_on_friday_evening_ships_on_monday() -> None:
    assert schedule().promise(berlin(2026, 6, 5, 20)) == berlin(2026, 6, 8, 18)


def test_an_order_on_a_day_off_ships_on_the_next_working_day_whatever_the_hour() -> None:
    assert schedule().promise(berlin(2026, 6, 6, 3)) == berlin(2026, 6, 8, 18)


def test_closures_are_stepped_over() -> None:
    closed = schedule(closures=frozenset({dt.date(2026, 6, 8), dt.date(2026, 6, 9)}))
    assert closed.promise(berlin(2026, 6, 5, 20)) == berlin(2026, 6, 10, 18)
    assert not closed.is_open(dt.date(2026, 6, 8))
    assert closed.next_working_day(dt.date(2026, 6, 7)) == dt.date(2026, 6, 10)


def test_the_day_is_the_nodes_own() -> None:
    # 22:30 UTC on Tuesday is half past midnight on Wednesday in Berlin.
    assert schedule().promise(dt.datetime(2026, 6, 2, 22, 30, tzinfo=dt.UTC)) == berlin(2026, 6, 3, 18)


def test_a_day_that_closes_before_the_cutoff_takes_orders_until_it_closes() -> None:
    short = schedule(week={**OFFICE, 5: (dt.time(9), dt.time(13))})
    assert short.promise(berlin(2026, 6, 6, 12, 59)) == berlin(2026, 6, 6, 13)
    assert short.promise(berlin(2026, 6, 6, 13, 30)) == berlin(2026, 6, 8, 18)


def test_a_node_without_hours_promises_nothing() -> None:
    with pytest.raises(NeverOpen):
        schedule(week={}).promise(berlin(2026, 6, 3, 9))


def test_on_the_short_day_closing_stays_at_its_time_on_the_wall() -> None:
    # 29 March 2026: 02:00 becomes 03:00. Closing at 18:00 is 16:00 UTC, the evening before it was 17:00 UTC.
    every = schedule(week=EVERY_DAY)
    assert every.promise(berlin(2026, 3, 28, 9)) == dt.datetime(2026, 3, 28, 17, tzinfo=dt.UTC)
    assert every.promise(berlin(2026, 3, 29, 9)) == dt.datetime(2026, 3, 29, 16, tzinfo=dt.UTC)


def test_on_the_long_day_a_cutoff_in_the_hour_that_comes_twice_is_its_first() -> None:
    # 25 October 2026: 02:30 comes twice; the second time is past the cutoff.
    every = schedule(week=EVERY_DAY, cutoff=dt.time(2, 30))
    assert every.promise(berlin(2026, 10, 25, 2, 30)) == berlin(2026, 10, 25, 18)
    assert every.promise(berlin(2026, 10, 25, 2, 30, fold=1)) == berlin(2026, 10, 26, 18)


def test_a_cutoff_in_the_hour_that_does_not_come_still_separates_before_from_after() -> None:
    every = schedule(week=EVERY_DAY, cutoff=dt.time(2, 30))
    assert every.promise(berlin(2026, 3, 29, 1, 59)) == berlin(2026, 3, 29, 18)
    assert every.promise(berlin(2026, 3, 29, 3, 31)) == berlin(2026, 3, 30, 18)


MOMENTS = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC))
CLOSURES = st.frozensets(st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)), max_size=30)
ZONES = st.sampled_from(
    [BERLIN, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Europe/Lisbon"), ZoneInfo("Pacific/Auckland")]
)


@given(placed=MOMENTS, later=MOMENTS, closures=CLOSURES, zone=ZONES, cutoff=st.times())
def test_a_promise_is_ahead_on_a_working_day_and_never_before_that_of_an_earlier_order(
    placed: dt.datetime, later: dt.datetime, closures: frozenset[dt.date], zone: ZoneInfo, cutoff: dt.time
) -> None:
    node = schedule(zone=zone, closures=closures, cutoff=cutoff)
    first, second = sorted((placed, later))
    promised = node.promise(first)
    assert promised >= first
    assert node.is_open(promised.astimezone(zone).date())
    assert node.promise(second) >= promised


def test_distance_between_two_known_places() -> None:
    # Nashville to Los Angeles airport, the example that implementations of the formula are compared by: 2,886.4 km.
    assert distance_m(36.12, -86.67, 33.94, -118.40) == pytest.approx(2_886_448, abs=1)
    assert distance_m(52.5, 13.4, 52.5, 13.4) == 0


def test_a_quarter_of_the_earth_is_ten_thousand_kilometres() -> None:
    assert distance_m(0, 0, 90, 0) == pytest.approx(10_007_557, abs=1)
    assert distance_m(0, -170, 0, 170) == pytest.approx(2_223_901, abs=1)
