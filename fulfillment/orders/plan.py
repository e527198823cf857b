"""From a table to the orders it tells, and every row that tells none. Pure: nothing is written, nothing is asked.

Several rows of one number are one order; what a row leaves empty, an earlier row of its number has said. An order is
whole or not in: one broken row keeps back all rows of its number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from coop.tables import CellError, Row, RowProblem, Table, parse_decimal, parse_moment, parse_quantity
from fulfillment.orders.checking import KnownSku, LineInput, OrderInput, check_order
from fulfillment.orders.mapping import DATE_FORMATS, FIELDS, OrderMapping, country_code

_LINE_FIELDS = ("sku", "quantity", "unit_price")
# Two rows of one number that differ here are two orders; the file has used a number twice.
_IDENTITY = ("buyer_name", "street", "postcode")


@dataclass
class Plan:
    """What an import would do. `orders` are whole and good; `broken` numbers are left out, for the `problems` named."""

    orders: list[OrderInput] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    rows: int = 0
    ignored: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """Rows that the good orders are made of."""
        return sum(len(order.lines) for order in self.orders)


def codes_in(table: Table, mapping: OrderMapping) -> set[str]:
    """The SKU codes that a plan of this table will ask for."""
    header = mapping.columns.get("sku", "")
    return {row.values.get(header, "") for row in table.rows} - {""}


def plan_orders(table: Table, mapping: OrderMapping, skus: Mapping[str, KnownSku]) -> Plan:
    """Read the whole table by the mapping. What cannot be read is a problem, never an exception."""
    plan = Plan(rows=len(table.rows), notes=list(table.notes))
    plan.problems = _unusable(table, mapping)
    if plan.problems:
        return plan
    reader = _Reader(mapping)
    for number, rows in _by_number(table.rows, mapping, plan).items():
        problems: list[RowProblem] = []
        order = _order(number, rows, reader, problems)
        if order is not None and not problems:
            problems += [
                RowProblem(p.row or rows[0].number, reader.header(p.field), p.value, p.problem, p.remedy)
                for p in check_order(order, skus)
            ]
        if problems or order is None:
            plan.broken.append(number)
            plan.problems += problems
        else:
            plan.orders.append(order)
    plan.problems.sort(key=lambda p: p.row)
    return plan


def _unusable(table: Table, mapping: OrderMapping) -> list[RowProblem]:
    """Why this mapping cannot read this table at all."""
    found = [
        RowProblem(
            1,
            FIELDS[name][0],
            mapping.columns[name],
            "The file has no column of this name.",
            "Map the field anew.",
        )
        for name in mapping.missing(table.headers)
    ]
    found += [
        RowProblem(
            1, FIELDS[name][0], "", "No column gives this.", "Choose its column, or one value for all rows."
        )
        for name in mapping.unmapped()
    ]
    return found


def _by_number(rows: Sequence[Row], mapping: OrderMapping, plan: Plan) -> dict[str, list[Row]]:
    """The rows of each number, in the order in which the numbers first occur."""
    groups: dict[str, list[Row]] = {}
    ignored = frozenset(mapping.ignore_skus)
    number_header, sku_header = mapping.columns["number"], mapping.columns["sku"]
    for row in rows:
        if row.values[sku_header] in ignored:
            plan.ignored += 1
            continue
        number = row.values[number_header]
        if number:
            groups.setdefault(number, []).append(row)
        else:
            plan.problems.append(
                RowProblem(
                    row.number,
                    number_header,
                    "",
                    "The order number is missing.",
                    "Give the number of the order that this row belongs to.",
                )
            )
    return groups


def _order(
    number: str, rows: Sequence[Row], reader: _Reader, problems: list[RowProblem]
) -> OrderInput | None:
    for row in rows:
        if row.surplus:
            problems.append(
                RowProblem(
                    row.number,
                    "",
                    ", ".join(row.surplus)[:60],
                    "The row has more cells than there are headers.",
                    "Put a text that holds the delimiter in quotation marks.",
                )
            )
    values = reader.order(rows, problems)
    lines = [line for row in rows if (line := reader.line(row, problems)) is not None]
    if problems:
        return None
    return OrderInput(number=number, lines=lines, row=rows[0].number, **values)


class _Reader:
    """Reads cells by one mapping; what repeats a lot (dates, countries, figures) is read once."""

    def __init__(self, mapping: OrderMapping) -> None:
        self._columns = dict(mapping.columns)
        self._constants = dict(mapping.constants)
        if mapping.country:
            self._constants.setdefault("country", mapping.country)
        self._decimal = mapping.decimal
        zone = ZoneInfo(mapping.time_zone)
        patterns = DATE_FORMATS[mapping.date_format][1]
        self._moment = lru_cache(maxsize=4096)(lambda text: parse_moment(text, zone, patterns))
        self._country = lru_cache(maxsize=1024)(_country)
        self._figure = lru_cache(maxsize=4096)(self._read_figure)
        self._quantity = lru_cache(maxsize=1024)(parse_quantity)

    def header(self, name: str) -> str:
        """What the file calls a field."""
        return self._columns.get(name) or FIELDS.get(name, (name, False))[0]

    def order(self, rows: Sequence[Row], problems: list[RowProblem]) -> dict[str, Any]:
        """What the rows of one number say about the order."""
        values: dict[str, Any] = {}
        for name in FIELDS:
            if name in _LINE_FIELDS or name == "number":
                continue
            row, text = self._first(name, rows)
            if name in _IDENTITY:
                problems += self._contradictions(name, text, rows)
            values[name] = self._cell(name, text, row, problems)
        last, more = values.pop("buyer_last_name"), values.pop("street_more")
        values["buyer_name"] = " ".join(filter(None, [values["buyer_name"], last]))
        values["street"] = ", ".join(filter(None, [values["street"], more]))
        return values

    def line(self, row: Row, problems: list[RowProblem]) -> LineInput | None:
        """What one row says about its line."""
        before = len(problems)
        values = {name: self._cell(name, self._text(name, row), row, problems) for name in _LINE_FIELDS}
        if len(problems) > before:
            return None
        return LineInput(row=row.number, **values)

    def _text(self, name: str, row: Row) -> str:
        header = self._columns.get(name)
        return (row.values[header] if header else "") or self._constants.get(name, "")

    def _first(self, name: str, rows: Sequence[Row]) -> tuple[Row, str]:
        """The first row that says something in this field, and what it says."""
        header = self._columns.get(name)
        said = next((row for row in rows if header and row.values[header]), rows[0])
        return said, self._text(name, said)

    def _contradictions(self, name: str, text: str, rows: Sequence[Row]) -> Iterator[RowProblem]:
        header = self._columns.get(name)
        for row in rows if header else ():
            if row.values[header or ""] not in ("", text):
                yield RowProblem(
                    row.number,
                    self.header(name),
                    row.values[header or ""][:60],
                    f"Another row of this order says “{text[:60]}”.",
                    "Give two orders two numbers, or make their rows agree.",
                )
                return

    def _cell(self, name: str, text: str, row: Row, problems: list[RowProblem]) -> Any:
        parse: Callable[[str], Any] = _PARSERS.get(name, _Reader._as_text).__get__(self)
        try:
            return parse(text)
        except CellError as error:
            problems.append(RowProblem(row.number, self.header(name), text[:60], error.problem, error.remedy))
            return None

    def _as_text(self, text: str) -> str:
        return text

    def _as_moment(self, text: str) -> dt.datetime:
        if not text:
            raise CellError("The date of the order is missing.", "Say when it was placed.")
        return self._moment(text)

    def _as_country(self, text: str) -> str:
        return self._country(text)

    def _as_quantity(self, text: str) -> int:
        # Files of one row a piece have no such column.
        if "quantity" not in self._columns and not text:
            return 1
        return self._quantity(text, least=1)

    def _as_figure(self, text: str) -> Decimal | None:
        return self._figure(text) if text else None

    def _read_figure(self, text: str) -> Decimal:
        if self._decimal == ",":
            return parse_decimal(text.replace(".", "").replace(",", "."))
        if self._decimal == ".":
            return parse_decimal(text.replace(",", ""))
        return parse_decimal(text)


def _country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise CellError(
            "This is no country that we know.", "Use its two letters, such as DE or FR, or its English name."
        )
    return code


_PARSERS: dict[str, Any] = {
    "placed_at": _Reader._as_moment,
    "country": _Reader._as_country,
    "quantity": _Reader._as_quantity,
    "unit_price": _Reader._as_figure,
    "latitude": _Reader._as_figure,
    "longitude": _Reader._as_figure,
}
