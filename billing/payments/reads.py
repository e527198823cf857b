"""Invoices by how far their money is: what lists, figures and dunning ask for."""

from __future__ import annotations

import datetime as dt

from billing.invoices.models import Invoice, InvoiceQuerySet
from billing.payments.models import Collection

State = Collection.State
SETTLED = (State.PAID, State.VOID)
_UNSETTLED = [state for state in State if state not in SETTLED]


def unpaid(invoices: InvoiceQuerySet) -> InvoiceQuerySet:
    """Issued, and the money is not here."""
    return invoices.filter(collection__state__in=_UNSETTLED)


def overdue(invoices: InvoiceQuerySet, today: dt.date) -> InvoiceQuerySet:
    """Unpaid after its due day."""
    return unpaid(invoices).filter(due_on__lt=today)


def in_state(invoices: InvoiceQuerySet, name: str, today: dt.date) -> InvoiceQuerySet:
    """By what an accountant calls it: draft, open, overdue, paid, trouble; all of them for another name."""
    if name == "draft":
        return invoices.filter(state=Invoice.State.DRAFT)
    if name == "open":
        return unpaid(invoices).filter(due_on__gte=today)
    if name == "overdue":
        return overdue(invoices, today)
    if name == "paid":
        return invoices.filter(collection__state=State.PAID)
    if name == "trouble":
        return invoices.filter(collection__state__in=[State.FAILED, State.ATTENTION])
    return invoices


def standing(invoice: Invoice, today: dt.date) -> str:
    """In one word, for people: draft, paid, overdue, or how far the money is. Lists fetch `collection` along with theirs."""
    return "draft" if invoice.state == Invoice.State.DRAFT else invoice.collection.standing(today)
