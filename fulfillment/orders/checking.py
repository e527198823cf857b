"""Is this an order that can be sent? Pure: the same rules for the form, the API and every file.

Every answer names the field, what it says, what is wrong and what to do.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from fulfillment.orders.errors import Problem

MAX_QUANTITY = 1_000_000
MAX_PRICE = Decimal("9999999999.99")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
# Field → (what it is called, how long it may be, whether a parcel can go without it)
_TEXTS = {
    "number": ("order number", 64, True),
    "buyer_name": ("buyer's name", 120, True),
    "street": ("street", 160, True),
    "postcode": ("postcode", 16, True),
    "city": ("city", 80, True),
    "note": ("note", 300, False),
    "buyer_email": ("e-mail address", 254, False),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LineInput:
    """So many of the SKU with this code. `unit_price` is what the buyer paid, in the member's currency."""

    sku: str
    quantity: int
    unit_price: Decimal | None = None
    row: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderInput:
    """An order as its shop tells it. `placed_at` is aware, or None for a shop that does not say: then it is
    now, and no difference when told again. A place is known by both coordinates (degrees) or neither."""

    number: str
    placed_at: dt.datetime | None
    buyer_name: str
    street: str
    postcode: str
    city: str
    lines: Sequence[LineInput]
    country: str = "DE"
    buyer_email: str = ""
    note: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    row: int | None = None

    @property
    def quantities(self) -> dict[str, int]:
        """Pieces by SKU code; a SKU that stands in several lines adds up."""
        total: dict[str, int] = {}
        for line in self.lines:
            total[line.sku] = total.get(line.sku, 0) + line.quantity
        return total


@dataclass(frozen=True, slots=True)
class KnownSku:
    """What checking must know of a SKU."""

    id: UUID
    is_active: bool


def check_orders(orders: Sequence[OrderInput], skus: Mapping[str, KnownSku]) -> list[Problem]:
    """Everything that keeps these orders from being placed; empty when nothing does."""
    return [problem for index, order in enumerate(orders) for problem in check_order(order, skus, index)]


def check_order(order: OrderInput, skus: Mapping[str, KnownSku], index: int = 0) -> Iterator[Problem]:
    """The same for one order, which is the `index`th of its sequence."""
    for field, value, problem, remedy in _about_order(order):
        yield Problem(index, order.number, field, value, problem, remedy, row=order.row)
    for at, line in enumerate(order.lines):
        for field, value, problem, remedy in _about_line(line, skus):
            row = line.row if line.row is not None else order.row
            yield Problem(index, order.number, field, value, problem, remedy, line=at, row=row)
    for code, quantity in order.quantities.items():
        if quantity > MAX_QUANTITY and all(line.quantity <= MAX_QUANTITY for line in order.lines):
            yield Problem(
                index, order.number, "quantity", str(quantity), f"{code} adds up to too many pieces.",
                f"At most {MAX_QUANTITY:,} pieces of one SKU go into one order.", row=order.row,
            )  # fmt: skip


Finding = tuple[str, str, str, str]


def _about_order(order: OrderInput) -> Iterator[Finding]:
    for field, (name, longest, needed) in _TEXTS.items():
        value: str = getattr(order, field)
        if needed and not value.strip():
            yield field, "", f"The {name} is missing.", f"Give the {name}; a parcel cannot go without it."
        elif len(value) > longest:
            yield field, value[:60], f"The {name} is too long.", f"Use at most {longest} characters."
        elif "\x00" in value:
            yield (
                field,
                value.replace("\x00", "�")[:60],
                f"The {name} holds a character that no text has.",
                ("Save the file again as CSV in UTF-8."),
            )
    if order.buyer_email and not _EMAIL.match(order.buyer_email):
        yield (
            "buyer_email",
            order.buyer_email[:60],
            "This is no e-mail address.",
            "Correct it, or leave it empty.",
        )
    if not re.fullmatch("[A-Z]{2}", order.country):
        yield (
            "country",
            order.country[:60],
            "This is no country code.",
            "Use two capital letters, such as DE or FR.",
        )
    if order.placed_at is not None and order.placed_at.tzinfo is None:
        yield (
            "placed_at",
            str(order.placed_at),
            "The time has no zone.",
            "Say in which time zone it is meant.",
        )
    yield from _about_place(order.latitude, order.longitude)
    if not order.lines:
        yield "lines", "", "The order has no lines.", "Name at least one SKU."


def _about_place(latitude: Decimal | None, longitude: Decimal | None) -> Iterator[Finding]:
    if (latitude is None) != (longitude is None):
        missing = "longitude" if longitude is None else "latitude"
        yield missing, "", "Only half of the place is given.", "Give latitude and longitude, or neither."
    for field, value, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if value is not None and not (value.is_finite() and -most <= value <= most):
            yield (
                field,
                str(value),
                f"A {field} lies between -{most} and {most}.",
                "Correct it, or leave it empty.",
            )


def _about_line(line: LineInput, skus: Mapping[str, KnownSku]) -> Iterator[Finding]:
    known = skus.get(line.sku)
    if not line.sku:
        yield "sku", "", "The SKU code is missing.", "Name the SKU, or take the line out."
    elif known is None:
        yield "sku", line.sku[:60], "You have no SKU of this code.", "Add the SKU first, or correct the code."
    elif not known.is_active:
        yield (
            "sku",
            line.sku[:60],
            "This SKU is not active.",
            "Switch it on among your SKUs, or take the line out.",
        )
    if line.quantity < 1:
        yield "quantity", str(line.quantity), "The quantity is not at least 1.", "Order at least one piece."
    elif line.quantity > MAX_QUANTITY:
        yield (
            "quantity",
            str(line.quantity),
            "The quantity is too large.",
            f"At most {MAX_QUANTITY:,} pieces.",
        )
    if line.unit_price is not None and not (
        line.unit_price.is_finite() and 0 <= line.unit_price <= MAX_PRICE
    ):
        yield "unit_price", str(line.unit_price), "This is no price.", "Use 0 or more, or leave it empty."
