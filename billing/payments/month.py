"""One month of invoices by how far their money is, as the accountant looks at it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing.invoices.models import Invoice, InvoiceQuerySet
from billing.invoices.month import Mismatch
from billing.payments import reads


@dataclass(frozen=True)
class Stand:
    """One state of the month's row: how many invoices, and their sum in each currency."""

    name: str
    label: str
    count: int
    totals: list[tuple[Decimal, str]]


STANDS = (("draft", "Drafts"), ("open", "Issued, open"), ("paid", "Paid"), ("overdue", "Overdue"))


def stands(invoices: InvoiceQuerySet, today: dt.date) -> list[Stand]:
    """The month's row of states."""
    found = []
    for name, label in STANDS:
        totals: dict[str, Decimal] = defaultdict(Decimal)
        count = 0
        for currency, gross in reads.in_state(invoices, name, today).values_list("currency", "gross_amount"):
            totals[currency] += gross
            count += 1
        found.append(
            Stand(name, label, count, [(total, currency) for currency, total in sorted(totals.items())])
        )
    return found


def in_trouble(invoices: Iterable[Invoice]) -> list[Mismatch]:
    """Invoices (with their collection) whose money needs a person."""
    return [
        Mismatch(
            f"{invoice.number} of {invoice.buyer.get('name')}: {invoice.collection.get_state_display()}",
            invoice.collection.note or "Look at the invoice for what happened.",
            invoice,
        )
        for invoice in invoices
    ]
