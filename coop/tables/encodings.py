"""From bytes to text, with the preferences of people who export from shops and spreadsheets in Europe."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from coop.tables.shapes import UnreadableTable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose BOM it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Single bytes fit nearly every code page, so only those that shops and spreadsheets still write are asked about.
_CODE_PAGES = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman"]
_SAMPLE = 64 * 1024
_TEXT_CONTROLS = frozenset(b"\t\n\r\x0b\x0c\x1a\x1b\0")


def decode(data: bytes, name: str, notes: list[str]) -> str:
    """The text of `data`; what was assumed or mended is appended to `notes`. Raises UnreadableTable for binaries."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _mend(_forgiving(data[len(mark) :], encoding, notes), notes)
    wide = _wide_encoding(data)
    if wide:
        notes.append(f"Read as {wide.upper()}.")
        return _mend(_forgiving(data, wide, notes), notes)
    _refuse_binary(data, name)
    try:
        return _mend(data.decode("utf-8"), notes)
    except UnicodeDecodeError:
        pass
    mostly = data.decode("utf-8", errors="replace")
    bad = mostly.count("\ufffd")
    if sum(char > "\x7f" for char in mostly) - bad > 10 * bad:
        notes.append(f"{bad} characters are damaged in the file (not UTF-8); they are shown as \ufffd.")
        return _mend(mostly, notes)
    encoding = _code_page(data)
    notes.append(f"Read as {_spoken(encoding)}, because it is not UTF-8. Check the letters with accents.")
    return _mend(data.decode(encoding), notes)


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of western text is then 0."""
    sample = data[:4096]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0) / len(sample[::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    if even > 0.4 and odd < 0.1:
        return "utf-16-be"
    return None


def _refuse_binary(data: bytes, name: str) -> None:
    sample = data[:_SAMPLE]
    strange = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in sample)
    if strange > len(sample) * 0.01 or sample.count(0) > len(sample) * 0.1:
        raise UnreadableTable(f"“{name}” is not a table of text. Choose the CSV or XLSX export.")


def _forgiving(data: bytes, encoding: str, notes: list[str]) -> str:
    text = data.decode(encoding, errors="replace")
    bad = text.count("\ufffd")
    if bad:
        notes.append(f"{bad} characters are damaged in the file; they are shown as \ufffd.")
    return text


def _code_page(data: bytes) -> str:
    """Windows-1252, unless its reading is noise and another code page's is not."""
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    # The lines that are not ASCII say most, and keep a large file from being analysed whole.
    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())[:_SAMPLE]
    matches = from_bytes(telling, cp_isolation=_CODE_PAGES, threshold=0.2)
    readings = {match.encoding: match for match in matches}
    best = matches.best()
    if best is None or "cp1252" in readings or "cp1252" in best.could_be_from_charset:
        return "cp1252"
    return str(best.encoding)


def _spoken(encoding: str) -> str:
    names = {"cp1252": "Windows-1252 (Western European)", "latin-1": "Latin-1", "mac_roman": "Mac Roman"}
    return names.get(encoding, encoding.replace("cp", "Windows-"))


def _mend(text: str, notes: list[str]) -> str:
    nuls = text.count("\0")
    if nuls:
        notes.append(f"{nuls} NUL characters were left out.")
        text = text.replace("\0", "")
    # Ctrl-Z ended files on CP/M, and some tills still write it.
    return text.rstrip("\x1a")
