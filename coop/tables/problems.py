"""Rows that need another look: what is wrong with one, and all of them as a file to mend in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coop.tables.writing import csv_response

if TYPE_CHECKING:
    from django.http import HttpResponse


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row: its number as the spreadsheet shows it, the column's header, what it says, why not, what to do."""

    row: int
    field: str
    value: str
    problem: str
    remedy: str


def problems_response(problems: Iterable[RowProblem]) -> HttpResponse:
    """The problems as a CSV to download."""
    rows = [(p.row, p.field, p.value, p.problem, p.remedy) for p in problems]
    return csv_response("rows-to-mend.csv", ("row", "field", "value", "problem", "remedy"), rows)
