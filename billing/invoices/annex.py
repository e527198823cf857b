"""The annex of an invoice: every piece of work behind it, one row each. No person is named in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery

from billing.charges.models import Charge
from billing.invoices.models import Invoice, InvoiceLine
from coop.tables import write_csv
from fulfillment.activity.models import UNITS
from fulfillment.models import Kind

HEADERS = [
    "invoice",
    "line",
    "date",
    "time",
    "time zone",
    "node",
    "kind",
    "SKU",
    "reference",
    "quantity",
    "unit",
    "unit price",
    "amount",
    "currency",
    "activity",
]


def annex_of(invoice: Invoice) -> bytes:
    """The CSV of all activities behind `invoice`, in the order of its lines."""
    text = io.StringIO(newline="")
    write_csv(text, HEADERS, _rows(invoice))
    return text.getvalue().encode("utf-8-sig")


def _rows(invoice: Invoice) -> Iterator[list[Any]]:
    lines = InvoiceLine.objects.filter(invoice=invoice)
    position_of_line = Subquery(lines.filter(pk=OuterRef("invoice_line_id")).values("position"))
    charges = (
        Charge.objects.filter(invoice_line_id__in=lines.values("pk"))
        .annotate(line_position=position_of_line)
        .order_by("line_position", "activity__occurred_at", "activity_id")
    )
    for (
        position,
        occurred_at,
        zone,
        node,
        kind,
        sku,
        reference,
        quantity,
        price,
        amount,
        activity,
    ) in charges.values_list(
        "line_position",
        "activity__occurred_at",
        "node__timezone",
        "node__name",
        "kind",
        "activity__sku__code",
        "activity__reference",
        "quantity",
        "unit_price",
        "amount",
        "activity_id",
    ).iterator(chunk_size=2000):
        local = occurred_at.astimezone(ZoneInfo(zone))
        yield [
            invoice.number,
            position,
            local.date().isoformat(),
            f"{local:%H:%M:%S}",
            zone,
            node,
            Kind(kind).label,
            sku or "",
            reference,
            quantity,
            UNITS[kind],
            price,
            amount,
            invoice.currency,
            str(activity),
        ]
