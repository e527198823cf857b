"""A member's invoices and how far the payment of each is."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.invoices.models import Invoice, InvoiceQuerySet
from billing.payments import reads
from billing.payments.models import Payment
from coop.kernel.paging import keyset
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal

_STATES = [("open", "Open"), ("overdue", "Overdue"), ("paid", "Paid")]


@portal(OWNER, MANAGER, ACCOUNTANT)
def invoice_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Every issued invoice, the latest first."""
    today = reads.today()
    invoices = cast(InvoiceQuerySet, door.all(Invoice))
    chosen = reads.in_state(invoices, request.GET.get("state", ""), today).select_related("collection")
    page = keyset(request, chosen, order=("-period_start", "-id"))
    context = {
        "page": page,
        "rows": [(invoice, reads.standing(invoice, today)) for invoice in page.items],
        "states": [(name, label, reads.in_state(invoices, name, today).sums()[1]) for name, label in _STATES],
        "owed": reads.unpaid(invoices).sums(),
        "overdue": reads.overdue(invoices, today).sums()[1],
        "currency": door.member.currency,
    }
    return render(request, "billing/payments/invoices.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def invoice(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """One invoice: what to pay, by when, and its lines."""
    found = door.get(Invoice, pk)
    return render(request, "billing/payments/invoice.html", invoice_context(found))


@portal(OWNER, MANAGER, ACCOUNTANT)
def invoice_payment(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """How far an invoice's payment is, and where to pay: a page, or (asked for by htmx) a part of one."""
    invoice = door.get(Invoice, pk, state=Invoice.State.ISSUED)
    payments = door.all(Payment).filter(invoice=invoice).order_by("received_at")
    collection = invoice.collection
    payable = bool(collection.pay_url) and collection.state in reads.PAYABLE
    context = {"invoice": invoice, "collection": collection, "payments": payments, "payable": payable}
    part = getattr(request, "htmx", False)
    return render(request, f"billing/payments/{'_' if part else ''}payment.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def overview_owed(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Fragment of the card of costs on the member's first page: the invoices that wait to be paid."""
    owed = reads.unpaid(cast(InvoiceQuerySet, door.all(Invoice))).select_related("collection")
    today = reads.today()
    context = {"owed": [(invoice, reads.standing(invoice, today)) for invoice in owed.order_by("due_on")[:3]]}
    return render(request, "billing/payments/overview_owed.html", context)


def invoice_context(found: Invoice) -> dict[str, Any]:
    """What both the member's and the accountant's page of an invoice show. A draft has no `collection`."""
    today = reads.today()
    issued = found.state == Invoice.State.ISSUED
    return {
        "invoice": found,
        "collection": found.collection if issued else None,
        "standing": reads.standing(found, today),
        "nodes": found.lines_by_node(),
    }
