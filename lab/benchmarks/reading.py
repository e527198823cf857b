"""Reading a member's file (encoding, delimiter, row numbers, limits) against the bare csv module."""

from __future__ import annotations

import csv
import io

from coop.tables import read_table
from lab.benchmarks.registry import Result, benchmark, seconds

ROWS = 40_000


@benchmark("reading")
def reading() -> Result:
    """A file of 40,000 rows in Latin-1 with semicolons."""
    lines = ["Bestellnummer;Käufer;Straße;PLZ;Ort;SKU;Menge;Preis"]
    lines += [
        f'{n};"Jörg Müller";Lindenstraße {n % 90};10{n % 999:03d};Berlin;MUG-{n % 40};1;28,00'
        for n in range(ROWS)
    ]
    raw = "\r\n".join(lines).encode("latin-1")
    ours = ROWS / seconds(lambda: read_table(io.BytesIO(raw), "orders.csv"))
    text = raw.decode("latin-1")
    against = ROWS / seconds(lambda: list(csv.DictReader(io.StringIO(text), delimiter=";")))
    return Result(
        "reading", ours, against, 0.2, "rows/s", "read_table", "csv.DictReader told everything beforehand"
    )
