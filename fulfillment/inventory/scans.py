"""From what a scanner reads to the row it means."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from coop.models import Sku
from fulfillment.inventory.errors import NotOnThisAsn
from fulfillment.inventory.models import Asn, AsnLine

_NAMED = 4
_GTIN_LENGTHS = range(8, 15)


def same_code(code: str, prefix: str = "") -> Q:
    """Rows whose SKU has this code or GTIN; a GTIN counts with and without its leading zeros."""
    code = code.strip()
    match = Q(**{f"{prefix}code__iexact": code})
    if code.isdigit() and len(code) in _GTIN_LENGTHS:
        bare = code.lstrip("0")
        match |= Q(**{f"{prefix}gtin__in": [bare.zfill(length) for length in (8, 12, 13, 14)]})
    return match


def find_sku(skus: QuerySet[Sku], code: str) -> Sku | None:
    """The SKU of that code or GTIN among `skus`."""
    return skus.filter(same_code(code)).order_by("code").first()


def find_line(asn: Asn, code: str) -> AsnLine:
    """The line of the shipment that the scanned thing belongs to. Raises NotOnThisAsn naming what is expected."""
    found = list(asn.lines.select_related("sku").filter(same_code(code, "sku__")))
    if not found:
        raise NotOnThisAsn(f"{code} is not on {asn.number}. Expected: {_expected(asn)}.", field="code")
    # A SKU with several lots has several lines: fill the first that lacks some.
    return next((line for line in found if line.quantity_received < line.quantity_expected), found[0])


def _expected(asn: Asn) -> str:
    codes: Sequence[str] = list(asn.lines.order_by("sku__code").values_list("sku__code", flat=True))
    more = len(codes) - _NAMED
    return ", ".join(codes[:_NAMED]) + (f" and {more} more" if more > 0 else "")
