"""The accountant's months and invoices, by how far their money is; and who should have paid by now."""

from __future__ import annotations

import datetime as dt
from typing import cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing import months
from billing.charges.models import Charge, ChargeQuerySet
from billing.charges.services import unrated_work
from billing.invoices import month as matching
from billing.invoices.models import Invoice, InvoiceQuerySet, Issuer
from billing.ledger.models import JournalEntry, Posting
from billing.payments import month as looking
from billing.payments import reads
from billing.payments.views.portal import invoice_context
from coop.kernel.paging import keyset
from coop.members.models import Member
from coop.nodes.doors import CoopDoor, books
from coop.web.pages import searched

_MOST_LATE = 500
_STATES = [
    ("draft", "Drafts"),
    ("open", "Open"),
    ("overdue", "Overdue"),
    ("paid", "Paid"),
    ("trouble", "Needs attention"),
]


@books()
def month(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """A month as a row of states, what does not match and why, and its invoices."""
    chosen = months.to_invoice(request.GET.get("month", ""))
    today = reads.today()
    invoices = _invoices(door).filter(period_start=chosen)
    before, after = months.neighbours(chosen, latest=months.first_day(today))
    page = keyset(
        request, invoices.select_related("member", "collection"), order=("member__name", "id"), size=100
    )
    context = {
        "month": chosen,
        "before_month": before,
        "after_month": after,
        "is_running": chosen >= months.first_day(today),
        "stands": looking.stands(invoices, today),
        "page": page,
        "rows": [(invoice, reads.standing(invoice, today)) for invoice in page.items],
        "mismatches": _mismatches(door, invoices, chosen),
        "no_issuer": not door.all(Issuer).exists(),
    }
    return render(request, "billing/payments/month.html", context)


@books()
def invoice_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """All drafts, and all invoices by number, the newest first."""
    today = reads.today()
    rows = searched(
        request, _invoices(door).select_related("member", "collection"), ["number", "member__name"]
    )
    if chosen := months.parse(request.GET.get("month", "")):
        rows = rows.filter(period_start=chosen)
    page = keyset(
        request, reads.in_state(rows, request.GET.get("state", ""), today), order=("-number", "-id")
    )
    context = {
        "page": page,
        "rows": [(invoice, reads.standing(invoice, today)) for invoice in page.items],
        "states": [(name, label, reads.in_state(rows, name, today).count()) for name, label in _STATES],
        "overdue": reads.overdue(rows, today).count(),
    }
    return render(request, "billing/payments/books_invoices.html", context)


@books()
def invoice(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """One invoice or draft: lines, money, books."""
    found = door.get(Invoice, pk)
    entries = door.all(JournalEntry).filter(
        source_id__in=[found.pk, *found.payments.values_list("pk", flat=True)]
    )
    context = {
        **invoice_context(found),
        "member": found.member,
        "postings": door.all(Posting)
        .filter(entry__in=entries)
        .select_related("entry", "account")
        .order_by("entry__posted_at", "-amount"),
        "documents": list(found.documents.all()),
    }
    return render(request, "billing/payments/books_invoice.html", context)


@books()
def overdue(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Who should have paid by now, and who is on hold."""
    today = reads.today()
    late = reads.overdue(_invoices(door), today).select_related("member", "collection")
    context = {
        "rows": [
            (invoice, (today - invoice.due_on).days)
            for invoice in late.order_by("due_on", "id")[:_MOST_LATE]
            if invoice.due_on
        ],
        "held": door.all(Member).filter(standing=Member.Standing.ON_HOLD).order_by("name"),
        "hold_after": settings.HOLD_AFTER_DAYS,
    }
    return render(request, "billing/payments/overdue.html", context)


def _mismatches(door: CoopDoor, invoices: InvoiceQuerySet, chosen: dt.date) -> list[matching.Mismatch]:
    found = []
    if unpriced := len(unrated_work().unpriced):
        more = "more than " if unpriced >= 1000 else ""
        found.append(
            matching.Mismatch(
                f"{more}{unpriced} pieces of work have no price",
                "No rate card prices them; they are on no invoice until one does.",
                page="books:unpriced",
            )
        )
    found += matching.not_yet_drawn(cast(ChargeQuerySet, door.all(Charge)), invoices, chosen)
    trouble = reads.in_state(invoices, "trouble", chosen).select_related("collection")
    return found + looking.in_trouble(trouble)


def _invoices(door: CoopDoor) -> InvoiceQuerySet:
    return cast(InvoiceQuerySet, door.all(Invoice))
