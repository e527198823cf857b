"""Reading XLSX. A workbook is a ZIP of XML, so its real size is asked for before anything is unpacked."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from coop.tables.shapes import Table, UnreadableTable, build

_UNPACKED_TIMES = 12  # XML packs about ten to one
_MAX_PARTS = 2000
_MAX_COLUMNS = 500


def read_workbook(data: bytes, name: str, *, max_bytes: int, max_rows: int) -> Table:
    """The first visible sheet of a workbook as a table of text. Raises UnreadableTable."""
    _refuse_bomb(data, name, max_bytes)
    # Opening a workbook costs 200 ms of imports that CSV readers need not pay.
    import openpyxl

    reader: Any = openpyxl  # it has no types

    try:
        book = reader.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise UnreadableTable(f"“{name}” is a damaged workbook. Save it again as .xlsx or CSV.") from error
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not visible:
            raise UnreadableTable(f"“{name}” has no sheet to read.")
        notes = (
            [f"Read the sheet “{visible[0].title}” alone of {len(visible)} sheets."]
            if len(visible) > 1
            else []
        )
        return build(_records(visible[0], name, max_rows), notes=notes, max_rows=max_rows)
    finally:
        book.close()


def _records(sheet: Any, name: str, max_rows: int) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what a sheet says of its own size is often wrong, sometimes on purpose
    try:
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=_MAX_COLUMNS)):
            if number > 2 * max_rows + 1000:
                raise UnreadableTable(
                    f"“{name}” has more than {max_rows:,} rows. Split it and import the parts."
                )
            yield [_text(cell) for cell in cells]
    except UnreadableTable:
        raise
    except Exception as error:
        raise UnreadableTable(f"“{name}” is a damaged workbook. Save it again as .xlsx or CSV.") from error


def _text(cell: object) -> str:
    """A cell's value as it would stand in a CSV file: plain decimals, ISO dates."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return format(Decimal(repr(cell)), "f").removesuffix(".0")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return str(cell)


def _refuse_bomb(data: bytes, name: str, max_bytes: int) -> None:
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile as error:
        raise UnreadableTable(f"“{name}” is a damaged workbook. Save it again as .xlsx or CSV.") from error
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise UnreadableTable(f"“{name}” is a ZIP file. Unpack it and choose the CSV or XLSX inside.")
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _UNPACKED_TIMES * max_bytes:
        raise UnreadableTable(f"“{name}” is too large once it is unpacked. Save the one sheet as CSV.")
