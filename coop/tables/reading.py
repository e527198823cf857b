"""The one reader: what a file is follows from its bytes, never from its name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import IO

from coop.tables.encodings import decode
from coop.tables.shapes import Row, Table, UnreadableTable, build

__all__ = ["Row", "Table", "UnreadableTable", "read_table"]

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 64 * 1024
# A product description may be longer than csv's 128 KB; the file's own limit is the bound.
csv.field_size_limit(64 * 1024 * 1024)

_KINDS_WE_REFUSE: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls). Save it as .xlsx or CSV"),
    (b"%PDF", "a PDF. Export the table as CSV or XLSX"),
    (b"\x89PNG", "a picture. Choose the CSV or XLSX export"),
    (b"\xff\xd8\xff", "a picture. Choose the CSV or XLSX export"),
    (b"GIF8", "a picture. Choose the CSV or XLSX export"),
    (b"\x1f\x8b", "a compressed file. Unpack it first"),
    (b"7z\xbc\xaf", "a compressed file. Unpack it first"),
    (b"Rar!", "a compressed file. Unpack it first"),
    (b"\x7fELF", "a program. Choose the CSV or XLSX export"),
    (b"MZ\x90", "a program. Choose the CSV or XLSX export"),
)
_MARKUP = re.compile(r"\s*<(!doctype|html|\?xml|table|head|body|svg)\b", re.IGNORECASE)


def read_table(
    file: IO[bytes], name: str, *, max_bytes: int | None = None, max_rows: int | None = None
) -> Table:
    """Read CSV (`, ; tab |`; UTF-8, UTF-16, Windows-1252 …) or XLSX by content.

    `name` is only for what is said to the person. Limits default to the settings IMPORT_MAX_BYTES and IMPORT_MAX_ROWS.
    Raises UnreadableTable with a sentence that says what the file is and what to do.
    """
    if max_bytes is None or max_rows is None:
        # The limits are settings of the program; the reader itself works without it.
        from django.conf import settings

        max_bytes = settings.IMPORT_MAX_BYTES if max_bytes is None else max_bytes
        max_rows = settings.IMPORT_MAX_ROWS if max_rows is None else max_rows
    data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise UnreadableTable(
            f"“{name}” is larger than {max_bytes // 1024**2} MB. Split it and import the parts."
        )
    if not data.strip():
        raise UnreadableTable(f"“{name}” is empty. Export it again, or start from the sample file.")
    if data.startswith(b"PK"):
        from coop.tables.workbooks import read_workbook

        return read_workbook(data, name, max_bytes=max_bytes, max_rows=max_rows)
    for start, what in _KINDS_WE_REFUSE:
        if data.startswith(start):
            raise UnreadableTable(f"“{name}” is {what}.")
    notes: list[str] = []
    text = decode(data, name, notes)
    _refuse_markup(text, name)
    text, delimiter = _delimiter(text)
    return build(_records(text, delimiter), notes=notes, max_rows=max_rows)


def _refuse_markup(text: str, name: str) -> None:
    if _MARKUP.match(text):
        raise UnreadableTable(
            f"“{name}” is a web page, not a table. Perhaps you were signed out when you exported it: export it again as CSV."
        )
    if re.match(r'\s*(\{\s*"|\[\s*[{\[])', text):
        raise UnreadableTable(f"“{name}” is JSON, not a table. Export it as CSV or XLSX.")


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records, and an error when the last one never ended: an open quote would swallow the rest of the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number, lines, record = 0, 0, [""]
    while True:
        line_before = reader.line_num
        try:
            record = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise UnreadableTable(
                f"Row {number + 1} cannot be read as CSV ({error}). Export the file again."
            ) from error
        number += 1
        lines = reader.line_num - line_before
        yield record
    if lines > 1 and text.count('"') % 2 == 1 and text.rstrip().endswith(record[-1].rstrip()):
        raise UnreadableTable(
            f"A quotation mark that opens in row {number} is never closed. Close it, or export the file again."
        )


def _delimiter(text: str) -> tuple[str, str]:
    """The text and its delimiter: the one Excel names in a first line `sep=;`, or the one that makes the best table."""
    said = re.match(r"sep=([,;\t|])\r?\n", text, re.IGNORECASE)
    if said:
        return text[said.end() :], said.group(1)
    sample = text[:_SAMPLE]
    cut = len(text) > _SAMPLE
    return text, max(DELIMITERS, key=lambda delimiter: _score(sample, delimiter, cut))


def _score(sample: str, delimiter: str, cut: bool) -> tuple[float, int]:
    """How much of a table a delimiter makes: the share of records as wide as the first, then how wide that is."""
    try:
        found = [
            record for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if record
        ]
    except csv.Error:
        return (0.0, 0)
    if cut and len(found) > 1:
        found.pop()  # the sample's last record ends where the sample does
    if not found or len(found[0]) < 2:
        return (0.0, 0)
    width = len(found[0])
    rest = found[1:101]
    # A short row is no evidence against (trailing cells are often left out); one that has another width is, a little.
    alike = sum(1.0 if len(r) == width else 0.5 if 1 < len(r) < width else 0.0 for r in rest)
    return ((alike + 1) / (len(rest) + 1), width)
