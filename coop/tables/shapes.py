"""What a table is, once it has been read, and what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from coop.kernel.errors import Invalid

# What a spreadsheet takes for the start of a formula or a command (OWASP "CSV Injection", full-width forms included).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class UnreadableTable(Invalid):
    """The file is no table that we can read; the message says what it is and what to do."""

    code = "unreadable_table"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the one that a spreadsheet shows beside it (the header is row 1).

    `values` has a key for every header, "" where the row is short. `surplus` are cells beyond the last header: a sign
    that an unquoted delimiter pushed the row's cells to the right, so importers refuse such a row.
    """

    number: int
    values: dict[str, str]
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text. `notes` are sentences about what the reader assumed or mended."""

    headers: list[str]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)


def build(records: Iterable[list[str]], *, notes: list[str], max_rows: int) -> Table:
    """Headers from the first record that is not blank, rows from the others. Raises UnreadableTable."""
    numbered = enumerate(records, start=1)
    header = next((cells for _, cells in numbered if _says_something(cells)), None)
    if header is None:
        raise UnreadableTable("The file is empty. Export it again, or start from the sample file.")
    headers, kept = _name_headers(header, notes)
    rows = list(_rows(numbered, kept, len(header), max_rows))
    surplus = [row.number for row in rows if row.surplus]
    if surplus:
        shown = ", ".join(map(str, surplus[:5])) + (" …" if len(surplus) > 5 else "")
        notes.append(
            f"More cells than headers in row {shown}: is a text with the delimiter in it not quoted?"
        )
    return Table(headers=headers, rows=rows, notes=notes)


def clean(cell: str) -> str:
    """A cell without outer blanks, and without the apostrophe that our own writer puts before a formula's sign."""
    text = cell.strip()
    if text[:1] == "'" and text.lstrip("'").startswith(FORMULA_STARTS):
        return text[1:]
    return text


def _rows(
    numbered: Iterator[tuple[int, list[str]]], kept: list[tuple[int, str]], width: int, max_rows: int
) -> Iterator[Row]:
    count = 0
    names = [name for _, name in kept]
    everything = [index for index, _ in kept] == list(range(width))
    for number, cells in numbered:
        if not _says_something(cells):
            continue
        count += 1
        if count > max_rows:
            raise UnreadableTable(f"The file has more than {max_rows:,} rows. Split it and import the parts.")
        values = [clean(cell) for cell in cells]
        surplus = tuple(value for value in values[width:] if value)
        if not everything:
            values = [values[index] if index < len(values) else "" for index, _ in kept]
        if len(values) == len(names):
            yield Row(number, dict(zip(names, values, strict=True)), surplus)
        else:
            short = values[: len(names)]
            yield Row(number, dict(zip_longest(names, short, fillvalue="")), surplus)


def _name_headers(cells: list[str], notes: list[str]) -> tuple[list[str], list[tuple[int, str]]]:
    """Every column gets a name of its own: the second "Price" is "Price (2)", a nameless one "Column C"."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    seen: set[str] = set()
    kept: list[tuple[int, str]] = []
    for index, cell in enumerate(cells):
        name = " ".join(cell.split())
        if not name:
            name = f"Column {_letters(index)}"
            notes.append(f"Column {_letters(index)} has no header.")
        unique, nth = name, 1
        while unique in seen:
            nth += 1
            unique = f"{name} ({nth})"
        if nth > 1:
            notes.append(f"The header “{name}” occurs more than once; the later one is read as “{unique}”.")
        seen.add(unique)
        kept.append((index, unique))
    return [name for _, name in kept], kept


def _letters(index: int) -> str:
    """A column's letters as spreadsheets count: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _says_something(cells: list[str]) -> bool:
    return any(cell and not cell.isspace() for cell in cells)
