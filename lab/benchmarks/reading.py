"""Reading a member's file (encoding, delimiter, row numbers, limits) against the bare csv module."""

from __future__ import annotations

import csv
import io

from coop.tables import read_table
from lab.benchmarks.registry import Result, benchmark, seconds
from lab.benchmarks.sizes import size
from lab.worlds import orders_file

ROWS = size("reading", "rows", 40_000, "rows of the file")


@benchmark("reading", needs=None)
def reading() -> Result:
    """A member's file read, in Latin-1 with semicolons, against the bare csv module."""
    raw = orders_file(rows=ROWS)
    ours = ROWS / seconds(lambda: read_table(io.BytesIO(raw), "orders.csv"))
    text = raw.decode("latin-1")
    against = ROWS / seconds(lambda: list(csv.DictReader(io.StringIO(text), delimiter=";")))
    return Result(
        "reading", ours, against, 0.2, "rows/s", "read_table", "csv.DictReader told everything beforehand"
    )
