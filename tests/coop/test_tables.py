"""The one reader and the one writer: what people really upload, and what must never leave the house."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coop.tables import Table, UnreadableTable, read_table, safe_text, write_csv, write_xlsx
from coop.tables.shapes import FORMULA_STARTS


def read(data: bytes, **limits: int) -> Table:
    return read_table(io.BytesIO(data), "file.csv", **limits)


def cells(table: Table) -> list[list[str]]:
    return [list(row.values.values()) for row in table.rows]


@pytest.mark.parametrize(
    "data",
    [
        "Größe,Preis\nä,1\n".encode(),
        "\ufeffGröße;Preis\r\nä;1\r\n".encode(),
        "Größe\tPreis\nä\t1\n".encode("utf-16"),
        "Größe|Preis\nä|1\n".encode("utf-16-le"),
        "Größe,Preis\nä,1\n".encode("utf-16-be"),
        "Größe;Preis\nä;1\n".encode("cp1252"),
        "Größe,Preis\rä,1\r".encode("latin-1"),
        "sep=;\r\nGröße;Preis\r\nä;1\r\n".encode(),
        '"Größe","Preis"\n"ä","1"'.encode(),
        "Grö\0ße,Preis\nä,1\n".encode(),
    ],
)
def test_reads_whatever_the_spreadsheet_wrote(data: bytes) -> None:
    table = read(data)
    assert table.headers == ["Größe", "Preis"]
    assert cells(table) == [["ä", "1"]]
    assert table.rows[0].number == 2


def test_euro_signs_of_windows_are_read_and_noted() -> None:
    table = read("Preis €;Maß\n12,50 €;5\n".encode("cp1252"))
    assert table.headers == ["Preis €", "Maß"]
    assert "Windows-1252" in table.notes[0]


def test_a_single_damaged_letter_does_not_turn_utf8_into_noise() -> None:
    table = read(b"Name,Ort\n" + "Zoë,Köln\n".encode() * 20 + b"Bj\xf6rn,Ulm\n")
    assert cells(table)[0] == ["Zoë", "Köln"]
    assert "1 characters are damaged" in table.notes[0]


def test_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    table = read(b'\na,b\n1,"two\nlines\nhere"\n\n , \n2,x\n')
    assert [(row.number, row.values["a"]) for row in table.rows] == [(3, "1"), (6, "2")]
    assert table.rows[0].values["b"] == "two\nlines\nhere"


def test_delimiters_inside_quotes_do_not_mislead() -> None:
    table = read(b'name;text\n"a";"one, two, three, four"\n"b";"five, six, seven, eight"\n')
    assert table.headers == ["name", "text"]
    assert cells(table)[1] == ["b", "five, six, seven, eight"]


def test_decimal_commas_do_not_make_a_comma_table() -> None:
    assert read(b"code;price\nA;1,50\nB;2,50\nC;3,50\n").headers == ["code", "price"]


def test_every_column_gets_a_name_of_its_own() -> None:
    table = read(b"a,b,,b,b,\n1,2,3,4,5,\n")
    assert table.headers == ["a", "b", "Column C", "b (2)", "b (3)"]
    assert cells(table) == [["1", "2", "3", "4", "5"]]
    assert any("more than once" in note for note in table.notes)


def test_short_rows_are_filled_and_long_ones_say_so() -> None:
    table = read(b"a,b,c\n1\n1,2,3,4\n")
    assert cells(table) == [["1", "", ""], ["1", "2", "3"]]
    assert table.rows[1].surplus == ("4",)
    assert any("row 3" in note for note in table.notes)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b",,\n,,\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"%PDF-1.7", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"<!DOCTYPE html><html><body>Sign in", "a web page"),
        (b"  <html>", "a web page"),
        (b'{"orders": []}', "JSON"),
        (b"PK\x03\x04rubbish", "damaged workbook"),
        (bytes(range(256)) * 20, "not a table of text"),
        (b'a,b\n1,2\n3,"never\nclosed,4\n', "row 3 is never closed"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableTable) as refusal:
        read(data)
    assert words in refusal.value.message


def test_limits_are_kept() -> None:
    with pytest.raises(UnreadableTable, match="larger than 1 MB"):
        read(b"a,b\n" + b"1,2\n" * 300_000, max_bytes=1024**2)
    with pytest.raises(UnreadableTable, match="more than 10 rows"):
        read(b"a,b\n" + b"1,2\n" * 11, max_rows=10)
    assert len(read(b"a,b\n" + b"1,2\n" * 10, max_rows=10).rows) == 10


def test_forty_thousand_rows_take_less_than_two_seconds() -> None:
    head = "code,title," + ",".join(f"c{n}" for n in range(20))
    tail = "x," * 19 + "x"
    data = (head + "\n" + "".join(f'S-{n},"Mug, no. {n}",{tail}\n' for n in range(40_000))).encode()
    begun = time.process_time()
    table = read(data)
    assert time.process_time() - begun < 2
    assert len(table.rows) == 40_000
    assert table.rows[-1].number == 40_001


def test_a_zip_of_something_else_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", "a,b")
    with pytest.raises(UnreadableTable, match="ZIP file"):
        read(stream.getvalue())


def test_a_bomb_is_not_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 * 1024**2))
    with pytest.raises(UnreadableTable, match="too large once it is unpacked"):
        read(stream.getvalue(), max_bytes=1024**2)


def test_a_workbook_is_read_with_its_own_row_numbers() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["code", "weight_g", "price", "day"])
    sheet.append(["A", 400, 12.5, dt.datetime(2026, 5, 31)])
    sheet["A5"] = "B"
    book.create_sheet("Other")
    stream = io.BytesIO()
    book.save(stream)
    table = read(stream.getvalue())
    assert [(row.number, list(row.values.values())) for row in table.rows] == [
        (2, ["A", "400", "12.5", "2026-05-31"]),
        (5, ["B", "", "", ""]),
    ]
    assert "alone of 2 sheets" in table.notes[0]


# The writer

texts = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=40)
risky = st.builds(
    lambda start, rest: start + rest, st.sampled_from([*FORMULA_STARTS, "'=", "''+", ""]), texts
)


@given(risky)
def test_no_text_cell_of_a_csv_starts_a_formula(text: str) -> None:
    stream = io.StringIO(newline="")
    write_csv(stream, ["h"], [[text]])
    [_, *rows] = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(FORMULA_STARTS)


@given(st.lists(risky, min_size=1, max_size=5))
def test_no_cell_of_a_workbook_is_a_formula(row: list[str]) -> None:
    stream = io.BytesIO()
    write_xlsx(stream, [("S", ["h"], [row])])
    [sheet] = openpyxl.load_workbook(stream).worksheets
    for cell in (cell for cells in sheet.iter_rows(min_row=2) for cell in cells):
        assert cell.data_type in ("s", "n")
        assert cell.data_type == "s" or cell.value is None
        assert cell.hyperlink is None
        assert not str(cell.value or "").startswith(FORMULA_STARTS)


@given(st.from_regex(r"[=+@-]?[A-Za-z0-9' ]{0,20}", fullmatch=True))
def test_what_we_wrote_we_read_again(text: str) -> None:
    stream = io.StringIO(newline="")
    write_csv(stream, ["key", "text"], [["k", text]])
    assert cells(read(stream.getvalue().encode())) == [["k", text.strip()]]
    assert safe_text(text).lstrip("'") == text.lstrip("'")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_numbers_stay_numbers(number: Decimal) -> None:
    stream = io.StringIO(newline="")
    write_csv(stream, ["k", "n"], [["k", number]])
    assert Decimal(read(stream.getvalue().encode()).rows[0].values["n"]) == number
    book = io.BytesIO()
    write_xlsx(book, [("S", ["n"], [[number], [int(number)]])])
    sheet = openpyxl.load_workbook(book).worksheets[0]
    assert sheet["A2"].data_type == sheet["A3"].data_type == "n"
    assert round(Decimal(str(sheet["A2"].value)), 2) == number


def test_numbers_beyond_fifteen_digits_keep_them_all() -> None:
    book = io.BytesIO()
    write_xlsx(book, [("S", ["n"], [[340000000000000012]])])
    assert openpyxl.load_workbook(book).worksheets[0]["A2"].value == "340000000000000012"
