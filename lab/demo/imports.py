"""What Maya has handed in: a file that went in, one that waits for her to mend it, her shop's orders, a key for a plug-in."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from django.core.files.base import ContentFile

from coop.jobs.services import prepare_job, run_job, start_job
from coop.kernel import clock
from coop.members.services import create_api_key
from coop.models import Member, User
from fulfillment.orders.mapping import OrderMapping
from fulfillment.orders.services import save_mapping

_SHEET = ("code", "title", "gtin", "length_mm", "width_mm", "height_mm", "weight_g", "value")
_TILES = (
    ("TILE-ASH", "Glaze test tile, ash", "", "80", "80", "9", "95", "7.00"),
    ("TILE-SEA", "Glaze test tile, sea", "", "80", "80", "9", "95", "7.00"),
)
_BROKEN = (
    ("SPOON-1", "Spoon rest", "4006381333932", "120", "70", "25", "140", "14.00"),
    ("SPOON-2", "Spoon rest, large", "", "150", "90", "25", "heavy", "18.00"),
)
_MARKET = (
    ("Order", "Date", "Name", "Street", "Zip", "City", "Item", "Qty", "Price"),
    (
        "MKT-31",
        "{day} 06:12",
        "Ada Lindner",
        "Wiener Straße 4",
        "10999",
        "Berlin",
        "MUG-ASH",
        "2",
        "28.00",
    ),
    (
        "MKT-32",
        "{day} 06:40",
        "Noé Martin",
        "Pannierstraße 8",
        "12047",
        "Berlin",
        "BOWL-S",
        "1",
        "34.00",
    ),
)


def hand_in(member: Member, by: User) -> None:
    """The jobs, the saved mapping and the key."""
    create_api_key(member=member, name="Own shop plug-in", by=by)
    done = start_job(
        kind="catalog.products", title="Products from glaze-tiles.csv", member=member, by=by,
        upload=_file("glaze-tiles.csv", (_SHEET, *_TILES)), options={"filename": "glaze-tiles.csv"},
    )  # fmt: skip
    run_job(job_id=done.pk)
    prepare_job(
        kind="catalog.products", title="Products from spoons.csv", member=member, by=by,
        upload=_file("spoons.csv", (_SHEET, *_BROKEN)), options={"filename": "spoons.csv"},
    )  # fmt: skip
    today = clock.today("Europe/Berlin")
    mapping = OrderMapping(
        columns={
            "number": "Order", "placed_at": "Date", "buyer_name": "Name", "street": "Street", "postcode": "Zip",
            "city": "City", "sku": "Item", "quantity": "Qty", "unit_price": "Price",
        },
        channel="Saturday market",
    )  # fmt: skip
    save_mapping(
        member=member, name="Saturday market", columns=mapping.columns, options=mapping.options, by=by
    )
    told = start_job(
        kind="orders.import", title="Orders from market.csv", member=member, by=by,
        upload=_file("market.csv", [[cell.format(day=today) for cell in row] for row in _MARKET]),
        options={"columns": dict(mapping.columns), "mapping": mapping.options, "filename": "market.csv", "rows": 2},
    )  # fmt: skip
    run_job(job_id=told.pk)


def _file(name: str, rows: Sequence[Sequence[str]]) -> ContentFile[bytes]:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return ContentFile(text.getvalue().encode(), name=name)
