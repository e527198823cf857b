"""Reading our own SKU sheet: one row per SKU, columns as documented. No Django here."""

from __future__ import annotations

from collections.abc import Iterator

from coop.catalog.inputs import Problem
from coop.catalog.plan import Cell, Draft, Reading, RowLike, TableLike
from coop.kernel.errors import Invalid

# Column, field it fills, what it says, two examples.
COLUMNS: tuple[tuple[str, str, str, str, str], ...] = (
    ("code", "code", "Your own code of the SKU, unique among yours; at most 64 characters.", "MUG-BLUE", "CARD-FOX"),
    ("title", "title", "What it is, as the packer should read it.", "Mug, sea blue", "Card “Fox in snow”"),
    ("gtin", "gtin", "GTIN with check digit, if the goods carry one.", "4006381333931", ""),
    ("length_mm", "length_mm", "Longest side as packed, in mm.", "120", "150"),
    ("width_mm", "width_mm", "Second side, in mm.", "100", "105"),
    ("height_mm", "height_mm", "Third side, in mm.", "100", "2"),
    ("weight_g", "weight_g", "Weight as packed, in g.", "400", "12"),
    ("value", "value_amount", "What one is worth (insurance, customs), in your currency.", "24.00", "3.50"),
    ("velocity_class", "velocity_class", "core, seasonal or specialty; a new one without is core.", "core", "seasonal"),
    ("storage_class", "storage_class", "ambient, cold or oversize; a new one without is ambient.", "ambient", "ambient"),
    ("packing_spec", "packing_spec_id", "Name of one of your packing specs; a new one without takes your default.", "", ""),
    ("active", "is_active", "yes or no; a new one without is offered.", "yes", "yes"),
)  # fmt: skip
_ALSO = {
    "sku": "code", "name": "title", "barcode": "gtin", "ean": "gtin", "weight": "weight_g", "length": "length_mm",
    "width": "width_mm", "height": "height_mm", "value_amount": "value", "velocity": "velocity_class",
    "storage": "storage_class", "is_active": "active",
}  # fmt: skip


def read_sheet(table: TableLike) -> Reading:
    """The rows of our own sheet as drafts. Raises Invalid when there is no column of codes."""
    columns = _find_columns(table.headers)
    if "code" not in columns:
        raise Invalid(
            "This is neither a Shopify product export (it has a column “Handle”) nor our own sheet (it has a column “code”). "
            "Start from the sample file.",
            code="columns_unknown",
            field="file",
        )
    drafts = [_draft(row, columns) for row in table.rows]
    unknown = [header for header in table.headers if header not in columns.values()]
    notes = (
        [f"Columns not used: {', '.join(unknown[:12])}{' …' if len(unknown) > 12 else ''}."]
        if unknown
        else []
    )
    return Reading("sheet", drafts, notes)


def sample_rows() -> tuple[list[str], list[list[str]]]:
    """Headers and two rows of the sample file."""
    return [c[0] for c in COLUMNS], [[c[3] for c in COLUMNS], [c[4] for c in COLUMNS]]


def _find_columns(headers: list[str]) -> dict[str, str]:
    ours = {name for name, *_ in COLUMNS}
    found: dict[str, str] = {}
    for header in headers:
        plain = header.casefold().replace(" ", "_")
        name = plain if plain in ours else _ALSO.get(plain)
        if name is not None:
            found.setdefault(name, header)
    return found


def _draft(row: RowLike, columns: dict[str, str]) -> Draft:
    cells = {
        field: Cell(columns[name], row.values[columns[name]])
        for name, field, *_ in COLUMNS
        if name in columns and name != "code"
    }
    return Draft(row.number, Cell(columns["code"], row.values[columns["code"]]), cells, tuple(_problems(row)))


def _problems(row: RowLike) -> Iterator[Problem]:
    if row.surplus:
        yield Problem(
            "row",
            row.surplus[0],
            f"The row has {len(row.surplus)} more cells than the header.",
            "Put texts that have the delimiter in them into quotation marks.",
        )
