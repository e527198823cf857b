"""What a SKU is made of, and what may be wrong with it. No Django here: importers plan with it on plain files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from stdnum import ean

VELOCITIES = ("core", "seasonal", "specialty")
STORAGES = ("ambient", "cold", "oversize")
MAX_MM = 10_000
MAX_G = 1_000_000
MAX_VALUE = Decimal("9999999999.99")
FIELDS = (
    "title", "gtin", "length_mm", "width_mm", "height_mm", "weight_g", "value_amount",
    "velocity_class", "storage_class", "packing_spec_id", "is_active",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SkuInput:
    """A SKU as a door hands it in: lengths in mm, weight in g, value in the member's currency."""

    code: str
    title: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    value_amount: Decimal = Decimal("0.00")
    gtin: str = ""
    velocity_class: str = "core"
    storage_class: str = "ambient"
    packing_spec_id: UUID | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, and what to do about it."""

    field: str
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"


def problems_of(sku: SkuInput) -> list[Problem]:
    """Everything that is wrong with `sku` by itself."""
    return [*_words(sku), *_figures(sku)]


def gtin_problem(gtin: str) -> Problem | None:
    """What is wrong with a GTIN (GS1 General Specifications: 8, 12, 13 or 14 digits, the last one checks the others)."""
    if not gtin:
        return None
    if not (gtin.isascii() and gtin.isdigit()):
        hint = "The spreadsheet has shortened it: format the column as text." if "E+" in gtin.upper() else ""
        return Problem(
            "gtin", gtin, "A GTIN has digits alone.", hint or "Write the digits without anything else."
        )
    if len(gtin) not in (8, 12, 13, 14):
        return Problem(
            "gtin",
            gtin,
            f"A GTIN has 8, 12, 13 or 14 digits; this has {len(gtin)}.",
            "Correct it or clear it.",
        )
    right = ean.calc_check_digit(gtin[:-1])
    if gtin[-1] != right:
        return Problem(
            "gtin",
            gtin,
            f"The check digit is {gtin[-1]}; of these digits it would be {right}.",
            "Compare it with the barcode on the goods, or clear it.",
        )
    return None


def slug(text: str) -> str:
    """Lower-case letters, digits and hyphens: what a code made from words consists of."""
    return "-".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())


def _words(sku: SkuInput) -> Iterator[Problem]:
    if not sku.code:
        yield Problem("code", "", "The code is missing.", "Give each SKU a code of its own.")
    elif len(sku.code) > 64:
        yield Problem("code", sku.code, f"The code has {len(sku.code)} characters.", "Use at most 64.")
    elif not sku.code.isprintable():
        yield Problem("code", sku.code, "The code has characters that cannot be printed.", "Type it anew.")
    elif {"", ".", ".."} & set(sku.code.split("/")):
        # An address with such a part becomes another one on its way.
        yield Problem(
            "code",
            sku.code,
            "The code has a slash at its beginning or end, two in a row, or dots alone.",
            "Write it like TEA/GREEN or TEA-GREEN: it stands in addresses.",
        )
    if not sku.title:
        yield Problem("title", "", "The title is missing.", "Say what it is, as the packer should read it.")
    elif len(sku.title) > 200:
        yield Problem("title", sku.title, f"The title has {len(sku.title)} characters.", "Use at most 200.")
    gtin = gtin_problem(sku.gtin)
    if gtin is not None:
        yield gtin
    if sku.velocity_class not in VELOCITIES:
        yield Problem(
            "velocity_class", sku.velocity_class, "This velocity is not known.", _one_of(VELOCITIES)
        )
    if sku.storage_class not in STORAGES:
        yield Problem("storage_class", sku.storage_class, "This storage is not known.", _one_of(STORAGES))


def _figures(sku: SkuInput) -> Iterator[Problem]:
    for name in ("length_mm", "width_mm", "height_mm"):
        side = getattr(sku, name)
        if side < 1:
            yield Problem(name, str(side), "A side must be more than 0 mm.", "Measure it as packed, in mm.")
        elif side > MAX_MM:
            yield Problem(
                name, str(side), f"A side of {side:,} mm does not fit.", "Check the unit: it is mm."
            )
    if sku.weight_g < 1:
        yield Problem(
            "weight_g", str(sku.weight_g), "The weight must be more than 0 g.", "Weigh it as packed, in g."
        )
    elif sku.weight_g > MAX_G:
        yield Problem(
            "weight_g", str(sku.weight_g), f"{sku.weight_g:,} g is too much.", "Check the unit: it is g."
        )
    if sku.value_amount < 0:
        yield Problem(
            "value_amount", str(sku.value_amount), "A value cannot be negative.", "Write 0 or more."
        )
    elif sku.value_amount > MAX_VALUE:
        yield Problem(
            "value_amount", str(sku.value_amount), "This value is too large.", "Check the decimal point."
        )


def _one_of(choices: tuple[str, ...]) -> str:
    return f"Use {', '.join(choices[:-1])} or {choices[-1]}."
