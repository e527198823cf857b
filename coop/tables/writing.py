"""The one writer: no cell that leaves this house starts a formula; numbers stay numbers."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from coop.tables.shapes import FORMULA_STARTS

if TYPE_CHECKING:
    from django.http import HttpResponse

# A sheet is its name, its headers and its rows.
Sheet = tuple[str, Sequence[str], Iterable[Sequence[object]]]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def safe_text(text: str) -> str:
    """`text` with an apostrophe before it, if a spreadsheet could take it for a formula. The reader takes it off again."""
    return "'" + text if text.lstrip("'").startswith(FORMULA_STARTS) else text


def write_csv(stream: IO[str], headers: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write headers and rows as CSV (comma, CRLF, RFC 4180). Returns the number of rows.

    Texts are guarded against formulas; numbers are written plainly, dates as ISO 8601, None as nothing.
    """
    writer = csv.writer(stream)
    writer.writerow([safe_text(header) for header in headers])
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        count += 1
    return count


def write_xlsx(stream: IO[bytes], sheets: Sequence[Sheet]) -> None:
    """Write a workbook of (name, headers, rows). Numbers and dates stay typed; a text is never a formula or a link."""
    import xlsxwriter

    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
    with xlsxwriter.Workbook(stream, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        money = book.add_format({"num_format": "#,##0.00"})
        for name, headers, rows in sheets:
            sheet = book.add_worksheet(_sheet_name(name))
            for column, header in enumerate(headers):
                sheet.write_string(0, column, safe_text(header), bold)
                sheet.set_column(column, column, max(12, min(40, len(header) + 2)))
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    _xlsx_cell(sheet, number, column, cell, moment, money)


def csv_response(filename: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A CSV download. It starts with a BOM, without which Excel reads UTF-8 as Windows-1252."""
    stream = io.StringIO(newline="")
    write_csv(stream, headers, rows)
    return _download(filename, stream.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8")


def xlsx_response(filename: str, sheets: Sequence[Sheet]) -> HttpResponse:
    """A workbook download."""
    stream = io.BytesIO()
    write_xlsx(stream, sheets)
    return _download(filename, stream.getvalue(), _XLSX)


def _download(filename: str, content: bytes, content_type: str) -> HttpResponse:
    # Only the doors answer requests; the writer itself works without Django.
    from django.http import HttpResponse
    from django.utils.http import content_disposition_header

    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _csv_cell(cell: object) -> object:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, int | float) and type(cell) in (int, float):
        return cell
    if isinstance(cell, dt.datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return safe_text(str(cell))


def _xlsx_cell(sheet: Any, row: int, column: int, cell: object, moment: Any, money: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, (int, float, Decimal)) and -(10**15) < cell < 10**15:
        two = isinstance(cell, Decimal) and cell.as_tuple().exponent == -2
        sheet.write_number(row, column, cell, *([money] if two else []))
    elif isinstance(cell, dt.datetime):
        naive = cell.astimezone(dt.UTC).replace(tzinfo=None) if cell.tzinfo else cell
        sheet.write_datetime(row, column, naive, moment)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(row, column, cell)
    else:
        # A spreadsheet holds 15 digits of a number; a longer one keeps them all only as text.
        sheet.write_string(row, column, safe_text(str(cell))[:32767])


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:31] or "Sheet"
