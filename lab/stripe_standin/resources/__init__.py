"""One module per resource; importing this package registers every route."""

from __future__ import annotations

from lab.stripe_standin.resources import (
    balance,
    credit_notes,
    customers,
    disputes,
    events,
    invoice_items,
    invoice_lines,
    invoice_states,
    invoices,
    payment_methods,
    payments,
    refunds,
    taxes,
)

__all__ = [
    "balance",
    "credit_notes",
    "customers",
    "disputes",
    "events",
    "invoice_items",
    "invoice_lines",
    "invoice_states",
    "invoices",
    "payment_methods",
    "payments",
    "refunds",
    "taxes",
]
