"""Reading a Shopify product export: one row per variant (or per further picture), grouped by Handle. No Django here.

Columns: https://help.shopify.com/en/manual/products/import-export/using-csv, in the older spelling ("Variant SKU") and
the newer one ("SKU"). Blank cells continue the product above. The file has no measures, often no SKU codes, and weighs
in grams with 0 for "nobody weighed it".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from coop.catalog.inputs import Problem, slug
from coop.catalog.plan import Cell, Draft, Reading, RowLike, TableLike
from coop.tables.values import CellError, parse_decimal

# Our name for a column: the spellings Shopify has had for it, lower-case.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "sku": ("variant sku", "sku"),
    "grams": ("variant grams", "weight value (grams)"),
    "price": ("variant price", "price"),
    "barcode": ("variant barcode", "barcode"),
    "ships": ("variant requires shipping", "requires shipping"),
    "gift_card": ("gift card",),
    "option1": ("option1 value",),
    "option2": ("option2 value",),
    "option3": ("option3 value",),
}
_LEFT_ALONE = frozenset(
    """body (html)|description|vendor|type|tags|published|published on online store|status|product category
    |product type|standard product type|custom product type|option1 name|option2 name|option3 name|option1 linked to
    |option2 linked to|option3 linked to|variant inventory tracker|inventory tracker|variant inventory qty
    |inventory quantity|variant inventory policy|continue selling when out of stock|variant fulfillment service
    |fulfillment service|variant compare at price|compare-at price|cost per item|variant taxable|charge tax|tax code
    |variant tax code|image src|image position|image alt text|product image url|variant image|variant image url
    |seo title|seo description|variant weight unit|weight unit for display|unit price total measure
    |unit price total measure unit|unit price base measure|unit price base measure unit""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_FALSE = ("false", "no", "0")
_TRUE = ("true", "yes", "1")


def is_shopify(headers: list[str]) -> bool:
    """Whether these headers are those of a Shopify product export."""
    names = {header.casefold() for header in headers}
    return bool(names & {"handle", "url handle"}) and bool(
        names & {"option1 value", "variant price", "variant sku"}
    )


def read_shopify(table: TableLike) -> Reading:
    """The variants of a Shopify product export as drafts, with notes on what was left alone."""
    columns = _find_columns(table.headers)
    left_out: Counter[str] = Counter()
    drafts = list(_drafts(table, columns, left_out))
    return Reading("shopify", drafts, [*_notes(drafts, left_out), *_unknown(table.headers, columns)])


@dataclass
class _Product:
    handle: str = ""
    title: str = ""
    first_row: int = 0
    gift_card: bool = False


def _drafts(table: TableLike, columns: Mapping[str, str], left_out: Counter[str]) -> Iterator[Draft]:
    product = _Product()
    for row in table.rows:
        get = _getter(row, columns)
        handle = get("handle")
        if handle and handle != product.handle:
            product = _Product(handle, get("title"), row.number, get("gift_card").casefold() in _TRUE)
        elif not product.title:
            product.title = get("title")
        if row.number != product.first_row and not any(map(get, ("option1", "sku", "price", "barcode"))):
            left_out["pictures"] += 1
        elif product.gift_card:
            left_out["gift cards"] += 1
        elif get("ships").casefold() in _FALSE:
            left_out["not shipped"] += 1
        else:
            yield _draft(row, product, columns)


def _draft(row: RowLike, product: _Product, columns: Mapping[str, str]) -> Draft:
    get = _getter(row, columns)
    options = [get(name) for name in ("option1", "option2", "option3")]
    options = [value for value in options if value and value != "Default Title"]
    unnamed = _code(product.handle, options)
    title = " · ".join(filter(None, [product.title, " / ".join(options)])) if product.title else ""
    grams = get("grams")
    cells = {
        "title": Cell(columns.get("title", "Title"), title[:200]),
        "weight_g": Cell(columns.get("grams", "Variant Grams"), _weighed(grams)),
        "value_amount": Cell(columns.get("price", "Variant Price"), get("price")),
        "gtin": Cell(columns.get("barcode", "Variant Barcode"), get("barcode")),
    }
    code = get("sku").lstrip("'") or unnamed
    column = columns.get("sku" if get("sku") else "handle", "Handle")
    return Draft(row.number, Cell(column, code), cells, tuple(_problems(row, product)), unnamed)


def _problems(row: RowLike, product: _Product) -> Iterator[Problem]:
    if not product.handle:
        yield Problem("code", "", "The handle is missing.", "Each product's first row has its handle.")
    if row.surplus:
        yield Problem(
            "row",
            row.surplus[0],
            f"The row has {len(row.surplus)} more cells than the header.",
            "Put texts that have a comma in them into quotation marks.",
        )


def _code(handle: str, options: list[str]) -> str:
    """A code for a variant without one: always the same for the same handle and options, 64 characters at most."""
    code = "-".join(filter(None, [slug(handle), *map(slug, options)]))
    if len(code) <= 64:
        return code
    return f"{code[:55]}-{hashlib.sha256(code.encode()).hexdigest()[:8]}"


def _weighed(grams: str) -> str:
    """Shopify writes 0 (or 0.0) for a weight that nobody entered, and decimals for odd ounces; we count whole grams."""
    try:
        number = parse_decimal(grams)
    except CellError:
        return grams
    return "" if number == 0 else str(max(1, round(number))) if number > 0 else grams


def _notes(drafts: list[Draft], left_out: Counter[str]) -> Iterator[str]:
    named_by_us = sum(draft.code.text == draft.code_if_unnamed for draft in drafts)
    if named_by_us:
        yield f"{_count(named_by_us, 'variant')} without a SKU in the shop: the code is made from handle and options."
    if left_out["pictures"]:
        yield f"{_count(left_out['pictures'], 'row')} for further pictures left out; pictures stay in your shop."
    if left_out["gift cards"]:
        yield f"{_count(left_out['gift cards'], 'gift card')} left out: nothing to pack."
    if left_out["not shipped"]:
        yield f"{_count(left_out['not shipped'], 'variant')} left out that need no shipping."
    if drafts:
        yield "The price is taken as the value (insurance, customs), in your currency; stock counts are not taken, they come from receiving."


def _unknown(headers: list[str], columns: Mapping[str, str]) -> Iterator[str]:
    used = set(columns.values())
    unknown = [
        header
        for header in headers
        if header not in used
        and header.casefold() not in _LEFT_ALONE
        and not header.casefold().startswith("google shopping")
    ]
    if unknown:
        yield f"Columns not used: {', '.join(unknown[:12])}{' …' if len(unknown) > 12 else ''}."


def _find_columns(headers: list[str]) -> dict[str, str]:
    by_name = {header.casefold(): header for header in reversed(headers)}
    return {
        ours: by_name[name] for ours, names in _COLUMNS.items() for name in reversed(names) if name in by_name
    }


def _getter(row: RowLike, columns: Mapping[str, str]) -> Callable[[str], str]:
    values = row.values

    def get(name: str) -> str:
        return values.get(columns.get(name, ""), "")

    return get


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
