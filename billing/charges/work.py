"""Lists of work with its price, as people filter, page and download them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import QueryDict

from billing import months
from billing.charges.models import Charge, ChargeQuerySet
from coop.kernel import clock
from fulfillment.activity.models import UNITS
from fulfillment.models import Kind

ORDER = ("-day", "-id")
HEADERS = ["date", "time", "time zone", "node", "kind", "SKU", "reference", "quantity", "unit"]
HEADERS += ["unit price", "amount", "currency", "invoice", "activity"]
MOST_ROWS = 100_000


def chosen_month(query: QueryDict) -> dt.date:
    """The month that ?month=2026-10 names; this month otherwise."""
    return months.parse(query.get("month", "")) or months.first_day(clock.today("UTC"))


def narrowed(charges: ChargeQuerySet, query: QueryDict) -> ChargeQuerySet:
    """Those that the address asks for: ?month= or ?day=, ?kind=, ?node=, ?q= (SKU or reference)."""
    day = _day(query.get("day", ""))
    if day is not None:
        charges = charges.filter(day=day)
    else:
        month = chosen_month(query)
        charges = charges.between(month, months.last_day(month))
    return by_kind_and_words(charges, query)


def by_kind_and_words(charges: ChargeQuerySet, query: QueryDict) -> ChargeQuerySet:
    """The filters that do not speak of days."""
    if query.get("kind") in Kind.values:
        charges = charges.filter(kind=query["kind"])
    if node := query.get("node"):
        charges = charges.filter(node__slug=node)
    if words := query.get("q", "").strip():
        charges = charges.filter(activity__reference__icontains=words) | charges.filter(
            activity__sku__code__icontains=words
        )
    return charges


def kinds_with_counts(charges: ChargeQuerySet) -> list[tuple[str, str, int]]:
    """The filter chips: each kind of work that occurs, with how often."""
    counts: dict[str, int] = {}
    for row in charges.per_kind_and_node():
        counts[row["kind"]] = counts.get(row["kind"], 0) + row["pieces"]
    return [(kind, Kind(kind).label.capitalize(), counts[kind]) for kind in Kind.values if kind in counts]


def rows(charges: ChargeQuerySet, invoices: Mapping[UUID, str]) -> Iterator[list[Any]]:
    """For the CSV: one row for each piece of work, the newest first; `invoices` are the numbers by the ids of their lines."""
    for charge in charges.with_work().order_by(*ORDER)[:MOST_ROWS].iterator(chunk_size=2000):
        yield _row(charge, invoices)


def listed(charges: Sequence[Charge]) -> dict[str, Any]:
    """For pages: `rows` (the charge, its activity, node and unit) and `places`, the decimals their prices need."""
    rows = [{"charge": c, "activity": c.activity, "unit": UNITS[c.kind], "node": c.node} for c in charges]
    prices = [price for c in charges for price in (c.unit_price, c.amount)]
    return {"rows": rows, "places": max((decimals(price) for price in prices), default=2)}


def decimals(price: Decimal) -> int:
    """How many decimals a price needs, at least two."""
    exponent = price.normalize().as_tuple().exponent
    return max(2, -exponent) if isinstance(exponent, int) else 2


def _row(charge: Charge, invoices: Mapping[UUID, str]) -> list[Any]:
    activity = charge.activity
    local = activity.occurred_at.astimezone(charge.node.zone)
    return [
        charge.day,
        f"{local:%H:%M:%S}",
        charge.node.timezone,
        charge.node.name,
        charge.get_kind_display(),
        activity.sku.code if activity.sku else "",
        activity.reference,
        charge.quantity,
        UNITS[charge.kind],
        charge.unit_price,
        charge.amount,
        charge.currency,
        invoices[charge.invoice_line_id] if charge.invoice_line_id else "",
        str(activity.pk),
    ]


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
