"""What tests of importing orders share: the rows of a file, and a member with stock."""

from __future__ import annotations

import io

import pytest

from coop.tables import Table, read_table
from tests import world

HEAD = "Order number,Order date,Recipient,Street,Postcode,City,Country,SKU,Quantity,Price"
PLAIN = HEAD.split(",")


def row(
    number="#1", sku="MUG", quantity="1", *, date="2026-11-20 10:15", name="Ada Lovelace", **more: str
) -> str:
    cells = [
        number,
        date,
        name,
        "Weserstraße 7",
        "12047",
        "Berlin",
        more.get("country", "DE"),
        sku,
        quantity,
        "12.50",
    ]
    return ",".join(cells)


def table(*rows: str, head: str = HEAD) -> Table:
    return read_bytes("\n".join([head, *rows]).encode())


def read_bytes(data: bytes) -> Table:
    return read_table(io.BytesIO(data), "orders.csv")


def stocked():
    member = world.make_member(slug="tidehouse")
    node = world.make_node()
    for code in ("MUG", "BOWL"):
        world.make_stock(world.make_sku(member, code=code), world.shelf_bins(node)[0], 30_000)
    return member


@pytest.fixture
def member(db):
    return stocked()
