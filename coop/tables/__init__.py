"""The one reader and the one writer of tables (CSV, XLSX). Importing this needs no Django."""

from __future__ import annotations

from coop.tables.problems import RowProblem, problems_response
from coop.tables.reading import Row, Table, UnreadableTable, read_table
from coop.tables.values import CellError, parse_decimal, parse_moment, parse_money, parse_quantity
from coop.tables.writing import csv_response, safe_text, write_csv, write_xlsx, xlsx_response

__all__ = [
    "CellError",
    "Row",
    "RowProblem",
    "Table",
    "UnreadableTable",
    "csv_response",
    "parse_decimal",
    "parse_moment",
    "parse_money",
    "parse_quantity",
    "problems_response",
    "read_table",
    "safe_text",
    "write_csv",
    "write_xlsx",
    "xlsx_response",
]
