"""Invoices by how far their money is: what lists, figures and dunning ask for."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from billing.invoices.models import Invoice, InvoiceQuerySet, Issuer
from billing.payments.models import Collection
from coop.kernel import clock

State = Collection.State
SETTLED = (State.PAID, State.VOID)
PAYABLE = (State.OPEN, State.FAILED)
_UNSETTLED = [state for state in State if state not in SETTLED]
# Money on its way is not late: whoever has paid by a slow way is neither warned nor chased.
_WAITS_FOR_MONEY = [state for state in _UNSETTLED if state != State.PROCESSING]


def today() -> dt.date:
    """The day it is where the co-op is: due days are days there. Take it once a page, it is a query."""
    issuer = Issuer.objects.order_by("id").first()
    return clock.today(issuer.timezone if issuer else "UTC")


def unpaid(invoices: InvoiceQuerySet) -> InvoiceQuerySet:
    """Issued, and the money is not here."""
    return invoices.filter(collection__state__in=_UNSETTLED)


def overdue(invoices: InvoiceQuerySet, today: dt.date) -> InvoiceQuerySet:
    """Unpaid after its due day, with no payment on its way. Of another day, those that are overdue since before it."""
    return invoices.filter(_late(today))


def _late(today: dt.date) -> Q:
    return Q(collection__state__in=_WAITS_FOR_MONEY, due_on__lt=today)


def is_overdue(invoice: Invoice, today: dt.date) -> bool:
    """What `overdue` asks of the database, of an issued invoice that is here with its collection."""
    return (
        invoice.collection.state in _WAITS_FOR_MONEY and invoice.due_on is not None and invoice.due_on < today
    )


def in_state(invoices: InvoiceQuerySet, name: str, today: dt.date) -> InvoiceQuerySet:
    """By what an accountant calls it: draft, open, overdue, paid, trouble; all of them for another name."""
    if name == "draft":
        return invoices.filter(state=Invoice.State.DRAFT)
    if name == "open":
        return unpaid(invoices).exclude(_late(today))
    if name == "overdue":
        return overdue(invoices, today)
    if name == "paid":
        return invoices.filter(collection__state=State.PAID)
    if name == "trouble":
        return invoices.filter(collection__state__in=[State.FAILED, State.ATTENTION])
    return invoices


def standing(invoice: Invoice, today: dt.date) -> str:
    """In one word, for people: draft, paid, overdue, or how far the money is. Lists fetch `collection` along with theirs."""
    if invoice.state == Invoice.State.DRAFT:
        return "draft"
    if is_overdue(invoice, today):
        return "overdue"
    state = invoice.collection.state
    return "open" if state in {State.NONE, State.PUSHING} else state
