"""From text to figures: every notation of Europe, and a word for what could mean two things."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coop.tables import CellError, parse_decimal, parse_moment, parse_money, parse_quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.56", "1234.56"), ("1234,56", "1234.56"), ("1.234,56", "1234.56"), ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"), ("1\u202f234,56", "1234.56"), ("1'234.50", "1234.50"), ("12,50 €", "12.50"),
        ("EUR 12.50", "12.50"), ("$3", "3"), ("-3,5", "-3.5"), ("−3", "-3"), ("+4", "4"), ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.8"), ("0,123", "0.123"), ("1.234", "1.234"), (".5", "0.5"), ("007", "7"),
    ],
)  # fmt: skip
def test_reads_the_notations_of_europe_and_america(text: str, number: str) -> None:
    assert parse_decimal(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "abc", "1e5", "NaN", "Infinity", "1.23,4", "1,2,3", "--1", "1-2", "٣", "1.2.3,4", ","]
)
def test_refuses_what_is_no_number(text: str) -> None:
    with pytest.raises(CellError) as refusal:
        parse_decimal(text)
    assert refusal.value.remedy


def test_refuses_what_could_mean_two_things() -> None:
    with pytest.raises(CellError, match=r"could mean 1234 or 1\.234"):
        parse_decimal("1,234")
    with pytest.raises(CellError, match="Write 1000"):
        parse_quantity("1.000")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**8), max_value=10**8))
def test_german_and_english_notation_say_the_same(number: Decimal) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse_decimal(english) == parse_decimal(german) == number


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_cell_error(text: str) -> None:
    for parse in (parse_decimal, parse_quantity, parse_money, lambda t: parse_moment(t, "Europe/Berlin")):
        with suppress(CellError):
            parse(text)


def test_quantities_are_whole() -> None:
    assert [parse_quantity(text) for text in ("3", "3.0", "3,00", "1 000", "+2")] == [3, 3, 3, 1000, 2]
    for text in ("3.5", "-1", "", "three", "99999999999"):
        with pytest.raises(CellError):
            parse_quantity(text)
    with pytest.raises(CellError, match="1 or more"):
        parse_quantity("0", least=1)


def test_money_keeps_its_places() -> None:
    assert str(parse_money("12,5")) == "12.50"
    assert str(parse_money("12.500")) == "12.50"
    with pytest.raises(CellError, match="2 decimals"):
        parse_money("1.234")


@pytest.mark.parametrize(
    ("text", "formats", "moment"),
    [
        ("2026-05-31 14:05", [], "2026-05-31T12:05+00:00"),
        ("2026-05-31", [], "2026-05-30T22:00+00:00"),
        ("2026-05-31T14:05:00Z", [], "2026-05-31T14:05+00:00"),
        ("2026-05-31 14:05:00 +0400", [], "2026-05-31T10:05+00:00"),
        ("31.05.2026 14:05", ["%d.%m.%Y %H:%M"], "2026-05-31T12:05+00:00"),
        ("05/31/2026", ["%d/%m/%Y", "%m/%d/%Y"], "2026-05-30T22:00+00:00"),
        ("2026-03-29 02:30", [], "2026-03-29T01:30+00:00"),
    ],
)
def test_moments_are_of_the_zone_unless_they_say_so(text: str, formats: list[str], moment: str) -> None:
    assert parse_moment(text, "Europe/Berlin", formats) == dt.datetime.fromisoformat(moment)


def test_an_unreadable_moment_shows_how_to_write_it() -> None:
    with pytest.raises(CellError, match=r"31\.05\.2026"):
        parse_moment("yesterday", "UTC", ["%d.%m.%Y"])
