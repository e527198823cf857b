"""Which column of a shop's export means what. Pure: guessing from headers, reading cells by the mapping's formats."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from babel import Locale

# Our field → what a person calls it, and whether an order cannot be made without it.
FIELDS: dict[str, tuple[str, bool]] = {
    "number": ("Order number", True),
    "placed_at": ("Placed at", True),
    "buyer_name": ("Buyer's name", True),
    "buyer_last_name": ("… last name, if it has a column of its own", False),
    "street": ("Street and number", True),
    "street_more": ("… second line of the address", False),
    "postcode": ("Postcode", True),
    "city": ("City", True),
    "country": ("Country", False),
    "buyer_email": ("E-mail address", False),
    "sku": ("SKU code", True),
    "quantity": ("Quantity", False),
    "unit_price": ("Price of one", False),
    "note": ("Note", False),
    "latitude": ("Latitude", False),
    "longitude": ("Longitude", False),
}
# Constants make sense for what may be the same in the whole file.
CONSTANT_FIELDS = ("buyer_name", "street", "postcode", "city", "country", "quantity", "note")

# Per field the headers of the exports we know, best first; compared without case, accents and signs.
_HEADERS: dict[str, tuple[str, ...]] = {
    "number": (
        "order number", "order id", "order no", "order", "invoice", "invoice no", "receipt id", "sale id", "name",
        "bestellnummer", "bestellung", "auftragsnummer", "number", "reference", "numero de commande", "id",
    ),
    "placed_at": (
        "order date", "created at", "placed at", "paid at", "sale date", "date paid", "invoicedate", "invoice date",
        "purchase date", "ordered at", "bestelldatum", "datum", "date", "order created date", "date created",
    ),
    "buyer_name": (
        "shipping name", "ship name", "ship to name", "delivery name", "recipient name", "recipient", "first name (shipping)",
        "shipping first name", "delivery full name", "buyer name", "customer name", "full name", "empfanger", "kunde",
        "lieferadresse name", "billing name", "customer", "buyer", "buyer full name", "name",
    ),
    "buyer_last_name": ("last name (shipping)", "shipping last name", "delivery last name"),
    "street": (
        "shipping address1", "shipping street", "ship address1", "address 1&2 (shipping)", "address 1 (shipping)",
        "shipping address 1", "delivery address 1", "ship to street", "ship to address 1", "strasse", "street",
        "street 1", "address", "address 1", "address1", "adresse", "shipping address", "billing address1",
    ),
    "street_more": ("shipping address2", "ship address2", "address 2 (shipping)", "shipping address 2", "address 2",
                    "address2", "street 2", "adresszusatz"),
    "postcode": (
        "shipping zip", "ship zipcode", "postcode (shipping)", "shipping postcode", "ship zip", "delivery zipcode",
        "delivery postcode", "ship to zip", "plz", "postleitzahl", "postcode", "postal code", "zip", "zip code", "zipcode",
        "code postal",
    ),
    "city": ("shipping city", "ship city", "city (shipping)", "delivery city", "ship to city", "stadt", "ort", "city",
             "town", "ville"),
    "country": (
        "shipping country", "ship country", "country code (shipping)", "shipping country code", "delivery country",
        "country (shipping)", "ship to country", "land", "country code", "country", "pays",
    ),
    "buyer_email": ("email", "e-mail", "buyer email", "email (billing)", "customer email", "billing email", "e-mail-adresse",
                    "email address", "mail"),
    "sku": ("lineitem sku", "sku", "item sku", "product sku", "line item sku", "variant sku", "stockcode", "stock code",
            "artikelnummer", "article number", "item number", "product code", "sku code"),
    "quantity": ("lineitem quantity", "quantity", "quantity (- refund)", "item quantity", "line item quantity", "qty",
                 "menge", "anzahl", "pieces", "quantite", "stuck"),
    "unit_price": ("lineitem price", "item cost", "item price", "unit price", "price", "preis", "einzelpreis", "item cost before discount",
                   "prix"),
    "note": ("notes", "customer note", "note", "buyer note", "order notes", "bemerkung", "notiz", "message", "gift message"),
    "latitude": ("latitude", "lat", "breitengrad"),
    "longitude": ("longitude", "lon", "lng", "langengrad"),
}  # fmt: skip

# Headers by which an export is known for whose it is; the shop's name becomes the channel's.
_SHOPS: dict[str, frozenset[str]] = {
    "Shopify": frozenset({"lineitem sku", "lineitem quantity", "created at"}),
    "WooCommerce": frozenset({"order number", "first name shipping", "postcode shipping"}),
    "Etsy": frozenset({"sale date", "ship name", "ship zipcode"}),
}

# How a date may be written: key → what a person sees, strptime patterns (none: ISO 8601 and Shopify's).
DATE_FORMATS: dict[str, tuple[str, tuple[str, ...]]] = {
    "iso": ("2026-05-31 14:05", ()),
    "dmy-dots": (
        "31.05.2026 14:05",
        ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y, %H:%M", "%d.%m.%Y", "%d.%m.%y %H:%M", "%d.%m.%y"),
    ),
    "dmy": (
        "31/05/2026 14:05",
        ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%d/%m/%y %H:%M", "%d/%m/%y"),
    ),
    "mdy": (
        "05/31/2026 2:05 PM",
        ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%y %H:%M", "%m/%d/%y"),
    ),
    "words": (
        "31 May 2026",
        ("%d %B %Y %H:%M", "%d %B %Y", "%d %b %Y %H:%M", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d, %Y %I:%M %p"),
    ),
}  # fmt: skip

DECIMALS = {"auto": "as written", ".": "1,234.50", ",": "1.234,50"}
_ALIASES = {
    "usa": "US", "us of a": "US", "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "holland": "NL", "the netherlands": "NL", "eire": "IE", "czech republic": "CZ", "korea": "KR", "south korea": "KR",
    "brd": "DE",
}  # fmt: skip


@dataclass(frozen=True)
class OrderMapping:
    """A mapping as it is saved: our field → their header, and constants and formats."""

    columns: Mapping[str, str]
    time_zone: str = "Europe/Berlin"
    date_format: str = "iso"
    decimal: str = "auto"
    country: str = "DE"
    channel: str = "CSV import"
    constants: Mapping[str, str] = field(default_factory=dict)
    ignore_skus: Sequence[str] = ()

    @classmethod
    def of(cls, columns: Mapping[str, str], options: Mapping[str, Any]) -> OrderMapping:
        """From what ColumnMapping or a job keeps; unknown options are left aside."""
        known = {name: options[name] for name in _OPTIONS if options.get(name)}
        return cls(
            columns={name: header for name, header in columns.items() if name in FIELDS and header}, **known
        )

    @property
    def options(self) -> dict[str, Any]:
        """What is saved beside the columns."""
        return {name: getattr(self, name) for name in _OPTIONS}

    def missing(self, headers: Iterable[str]) -> list[str]:
        """Our fields that the mapping looks for in columns that the file does not have."""
        have = set(headers)
        return [name for name, header in self.columns.items() if header not in have]

    def unmapped(self) -> list[str]:
        """Fields without which no order can be made, and which neither a column nor a constant gives."""
        return [
            name
            for name, (_, needed) in FIELDS.items()
            if needed and not self.columns.get(name) and not self.constants.get(name)
        ]


_OPTIONS = ("time_zone", "date_format", "decimal", "country", "channel", "constants", "ignore_skus")


def guess(headers: Sequence[str], rows: Sequence[Mapping[str, str]] = (), **known: Any) -> OrderMapping:
    """The most likely mapping of an export with these headers; formats from its first rows."""
    plain: dict[str, str] = {}
    for header in headers:
        plain.setdefault(_plain(header), header)
    columns: dict[str, str] = {}
    for name in ("sku", "quantity", *FIELDS):
        if name in columns:
            continue
        hit = next((plain[_plain(h)] for h in _HEADERS[name] if _plain(h) in plain), None)
        if hit is not None and hit not in columns.values():
            columns[name] = hit
    shop = next((shop for shop, signs in _SHOPS.items() if signs <= plain.keys()), "")
    if shop == "Shopify" and "name" in plain:
        columns["number"] = plain["name"]  # its "Name" is the number (#1001), its "Id" nobody has ever seen
    if shop == "Shopify" and columns.get("buyer_name") == plain.get("name"):
        columns.pop("buyer_name")
    dates = [row.get(columns.get("placed_at", ""), "") for row in rows[:200]]
    formats: dict[str, Any] = {"date_format": guess_date_format(dates), **({"channel": shop} if shop else {})}
    return OrderMapping(
        columns={name: columns[name] for name in FIELDS if name in columns}, **{**formats, **known}
    )


def guess_date_format(values: Sequence[str]) -> str:
    """The first format that reads all of these; iso when none does."""
    from coop.tables import CellError, parse_moment

    told = [value for value in values if value.strip()]
    for key, (_, patterns) in DATE_FORMATS.items():
        try:
            for value in told:
                parse_moment(value, "UTC", patterns)
        except CellError:
            continue
        return key
    return "iso"


def country_code(text: str) -> str | None:
    """The ISO 3166 code that a country's name (English, German, French, Spanish, Italian, Dutch) or code stands for."""
    word = text.strip()
    if re.fullmatch("[A-Za-z]{2}", word):
        code = word.upper()
        return {"UK": "GB"}.get(code, code) if code in _codes() or code == "UK" else None
    return _countries().get(_plain(word))


@cache
def _codes() -> frozenset[str]:
    codes = {str(code) for code in Locale("en").territories}
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code)) - {"EU", "UN", "EZ", "ZZ"}


@cache
def _countries() -> dict[str, str]:
    names = {
        _plain(str(name)): str(code)
        for language in ("nl", "it", "es", "fr", "de", "en")
        for code, name in Locale(language).territories.items()
        if code in _codes()
    }
    return names | _ALIASES


@cache
def _plain(text: str) -> str:
    """Letters and digits alone, small, without accents: "E-Mail (Billing)" and "email billing" are the same header."""
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return " ".join(
        re.findall(r"[a-z0-9&]+", letters.encode("ascii", "ignore").decode().lower().replace("-", ""))
    )
