"""From a cell's text to a figure. What cannot be read says why, and what to write instead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

_BLANKS = re.compile(r"[\s\u00a0\u2007\u202f'’]")
_CURRENCY = re.compile(r"^(?:[A-Z]{3}|[€$£¥])|(?:[A-Z]{3}|[€$£¥]|kr\.?|zł)$")
_MAX_QUANTITY = 2_147_483_647


class CellError(ValueError):
    """A cell that cannot be read: `problem` (what is wrong), `remedy` (what to write)."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


def parse_decimal(text: str) -> Decimal:
    """A decimal number in the notations of Europe and America: 1234.56, 1.234,56, 1,234.56, 1 234,56, 12,50 €.

    A lone point is a decimal point. A lone comma before exactly three digits could mean either, so it is refused.
    Raises CellError.
    """
    number = _BLANKS.sub("", text).replace("−", "-")
    number = _CURRENCY.sub("", number)
    if not re.fullmatch(r"[+-]?[0-9.,]*[0-9][0-9.,]*", number):
        raise CellError("This is not a number.", "Write it like 1234.50 or 1234,50.")
    sign, digits = ("-", number[1:]) if number[0] == "-" else ("", number.lstrip("+"))
    marks = [mark for mark in digits if mark in ".,"]
    if len(set(marks)) == 2:
        return _grouped(sign, digits, decimal=marks[-1], group=marks[0])
    if len(marks) > 1:
        return _grouped(sign, digits, decimal="", group=marks[0])
    if marks == [","]:
        whole, _, rest = digits.partition(",")
        if len(rest) == 3 and whole and whole.strip("0"):
            raise CellError(
                f"{text.strip()} could mean {whole}{rest} or {whole}.{rest}.",
                f"Write {whole}{rest} or {whole}.{rest}.",
            )
    return Decimal(sign + digits.replace(",", "."))


def parse_quantity(text: str, *, least: int = 0) -> int:
    """A whole number of pieces (or mm, or g). 3, 3.0 and 1 000 are read; 1.000 could mean either and is refused.

    Raises CellError, also below `least`.
    """
    number = _BLANKS.sub("", text).lstrip("+")
    if re.fullmatch(r"-?[0-9]+[.,]0{1,2}", number):
        number = re.split(r"[.,]", number)[0]
    if not re.fullmatch(r"-?[0-9]+", number):
        if re.fullmatch(r"-?[0-9]{1,3}([.,][0-9]{3})+", number):
            plain = re.sub(r"[.,]", "", number)
            raise CellError(
                f"{text.strip()} is not clear.", f"Write {plain} without separators, if you mean that."
            )
        raise CellError("This is not a whole number.", "Write a whole number like 12.")
    value = int(number)
    if value < least:
        raise CellError(f"This must be {least} or more.", f"Write a whole number from {least} up.")
    if value > _MAX_QUANTITY:
        raise CellError("This number is too large.", "Check the unit: mm, g or pieces.")
    return value


def parse_money(text: str, *, places: int = 2) -> Decimal:
    """An amount of money with at most `places` decimals. Raises CellError."""
    amount = parse_decimal(text)
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places and amount != round(amount, places):
        raise CellError(f"An amount has {places} decimals here.", "Write it like 1234.50 or 1234,50.")
    if abs(amount) >= Decimal(10) ** 10:
        raise CellError("This amount is too large.", "Check the decimal point.")
    return round(amount, places)


def parse_moment(text: str, zone: str | ZoneInfo, formats: Sequence[str] = ()) -> dt.datetime:
    """A moment in UTC. `formats` are strptime's, tried in order; without any, ISO 8601 is meant.

    A text without an offset is a time on the clocks of `zone`; a date alone is the start of that day there. A time
    that the clocks skipped in spring is read as the one an hour later. Raises CellError.
    """
    zone = ZoneInfo(zone) if isinstance(zone, str) else zone
    moment = _first_match(text.strip(), formats) if formats else _iso(text.strip())
    if moment is None:
        shown = " or ".join(_example(pattern) for pattern in formats[:3]) or "2026-05-31 14:05 or 2026-05-31"
        raise CellError(
            "This is not a date that can be read.", f"Write it like {shown}, or choose another date format."
        )
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise CellError("This date is out of range.", "Check the year.") from error


def _grouped(sign: str, digits: str, *, decimal: str, group: str) -> Decimal:
    whole, _, rest = digits.rpartition(decimal) if decimal else (digits, "", "")
    if not re.fullmatch(rf"[0-9]{{1,3}}(?:\{group}[0-9]{{3}})+", whole) or not (rest or not decimal):
        raise CellError("The thousands are not grouped by three.", "Write it like 1234.50 or 1234,50.")
    return (
        Decimal(f"{sign}{whole.replace(group, '')}.{rest or 0}")
        if decimal
        else Decimal(sign + whole.replace(group, ""))
    )


def _first_match(text: str, formats: Sequence[str]) -> dt.datetime | None:
    for pattern in formats:
        try:
            return dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller's zone is put on afterwards
        except ValueError:
            continue
    return None


def _iso(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError:
        pass
    # Shopify writes "2026-05-31 14:05:00 +0200".
    return _first_match(text, ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M %z", "%Y-%m-%dT%H:%M:%S%z"))


def _example(pattern: str) -> str:
    return dt.datetime(2026, 5, 31, 14, 5, tzinfo=dt.UTC).strftime(pattern)
