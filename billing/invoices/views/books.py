"""The accountant's months and invoices."""

from __future__ import annotations

import datetime as dt
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing import months
from billing.charges.models import Charge, ChargeQuerySet
from billing.charges.services import unrated_work
from billing.invoices import month as looking
from billing.invoices import services
from billing.invoices.models import Invoice, InvoiceQuerySet, Issuer
from billing.invoices.views.portal import document_response, invoice_context, line_context
from billing.ledger.models import JournalEntry, Posting
from billing.words import amount_of
from coop.jobs.services import start_job
from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.nodes.doors import CoopDoor, books

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
    chosen = _month(request.GET.get("month", ""))
    today = clock.today("UTC")
    invoices = _invoices(door).filter(period_start=chosen)
    before, after = months.neighbours(chosen, latest=months.first_day(today))
    page = keyset(request, invoices.select_related("member"), order=("member__name", "id"), size=100)
    context = {
        "month": chosen,
        "before_month": before,
        "after_month": after,
        "is_running": chosen >= months.first_day(today),
        "stands": looking.stands(invoices, today),
        "page": page,
        "rows": [(invoice, invoice.standing(today)) for invoice in page.items],
        "mismatches": _mismatches(door, invoices, chosen),
        "today": today,
        "no_issuer": not door.all(Issuer).exists(),
    }
    return render(request, "billing/invoices/month.html", context)


@books(methods=("POST",))
def draw(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Draw the drafts of a month (anew)."""
    chosen = _month(request.POST.get("month", ""))
    drafts = services.draft_invoices(month=chosen)
    if drafts:
        messages.success(request, f"{amount_of(len(drafts), 'draft')} drawn for {chosen:%B %Y}.")
    else:
        messages.info(request, f"There is nothing to invoice for {chosen:%B %Y}.")
    return _to_month(chosen)


@books(methods=("POST",))
def throw_away(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Throw away the drafts of a month."""
    chosen = _month(request.POST.get("month", ""))
    count = services.throw_away_drafts(month=chosen)
    messages.info(request, f"{count} drafts thrown away. Their work stays as it is.")
    return _to_month(chosen)


@books(methods=("GET", "POST"))
def issue_month(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Ask, then issue all drafts of a month in a job."""
    chosen = _month((request.POST or request.GET).get("month", ""))
    drafts = _invoices(door).filter(period_start=chosen, state=Invoice.State.DRAFT)
    count = drafts.count()
    if request.method == "POST" and count:
        job = start_job(
            kind="invoices.issue_month",
            title=f"Issue the invoices of {chosen:%B %Y}",
            member=None,
            by=door.user,
            options={"month": f"{chosen:%Y-%m}"},
        )
        return redirect("jobs:detail", job.pk)
    if not count:
        messages.info(request, f"{chosen:%B %Y} has no drafts to issue.")
        return _to_month(chosen)
    context = {
        "base": "base_books.html",
        "title": f"Issue {amount_of(count, 'invoice')} of {chosen:%B %Y}?",
        "what": _what_issuing_does(chosen),
        "label": f"Issue {amount_of(count, 'invoice')}",
        "ordinary": True,
        "back_url": f"{reverse('books:month')}?month={chosen:%Y-%m}",
        "fields": {"month": f"{chosen:%Y-%m}"},
    }
    return render(request, "confirm.html", context)


@books()
def invoice_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """All invoices and drafts."""
    today = clock.today("UTC")
    rows = _invoices(door).select_related("member")
    if words := request.GET.get("q", "").strip():
        rows = rows.filter(Q(number__icontains=words) | Q(member__name__icontains=words))
    if chosen := months.parse(request.GET.get("month", "")):
        rows = rows.filter(period_start=chosen)
    page = keyset(request, rows.in_state(request.GET.get("state", ""), today), order=("-period_start", "-id"))
    context = {
        "page": page,
        "rows": [(invoice, invoice.standing(today)) for invoice in page.items],
        "states": [(name, label, rows.in_state(name, today).count()) for name, label in _STATES],
        "overdue": rows.overdue(today).count(),
    }
    return render(request, "billing/invoices/books_list.html", context)


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
    return render(request, "billing/invoices/books_detail.html", context)


@books(methods=("GET", "POST"))
def issue(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Ask, then issue one draft."""
    found = door.get(Invoice, pk)
    if request.method == "POST":
        issued = services.issue_invoice(invoice=found, by=door.user)
        messages.success(request, f"{issued.number} is issued; {found.member} gets it by mail.")
        return redirect("books:invoice", pk=pk)
    context = {
        "base": "base_books.html",
        "title": f"Issue the invoice of {found.member} for {found.period_start:%B %Y}?",
        "what": _what_issuing_does(found.period_start),
        "label": "Issue the invoice",
        "ordinary": True,
        "back_url": reverse("books:invoice", kwargs={"pk": pk}),
    }
    return render(request, "confirm.html", context)


@books()
def line(request: HttpRequest, door: CoopDoor, pk: UUID, line: UUID) -> HttpResponse:
    """The picks behind one line."""
    found = door.get(Invoice, pk)
    return render(request, "billing/invoices/books_line.html", line_context(request, door, found, line))


@books()
def download(request: HttpRequest, door: CoopDoor, pk: UUID, kind: str) -> HttpResponse:
    """The PDF or the annex of one invoice."""
    return document_response(door, pk, kind)


def _mismatches(door: CoopDoor, invoices: InvoiceQuerySet, chosen: dt.date) -> list[looking.Mismatch]:
    found = []
    if unpriced := len(unrated_work().unpriced):
        more = "more than " if unpriced >= 1000 else ""
        found.append(
            looking.Mismatch(
                f"{more}{unpriced} pieces of work have no price",
                "No rate card prices them; they are on no invoice until one does.",
                page="books:unpriced",
            )
        )
    found += looking.not_yet_drawn(cast(ChargeQuerySet, door.all(Charge)), invoices, chosen)
    return found + looking.in_trouble(invoices.in_state("trouble", chosen))


def _what_issuing_does(chosen: dt.date) -> str:
    words = (
        "Each gets its number and is sent: by mail to the member, and to Stripe for payment. "
        "What is issued cannot be changed any more."
    )
    if chosen >= months.first_day(clock.today("UTC")):
        words += f" {chosen:%B} is not over: work done from now on goes on the next month's invoice."
    return words


def _invoices(door: CoopDoor) -> InvoiceQuerySet:
    return cast(InvoiceQuerySet, door.all(Invoice))


def _month(text: str) -> dt.date:
    """The month that was asked for; the one before this otherwise, which is the one to invoice."""
    return months.parse(text) or months.month_before(clock.today("UTC"))


def _to_month(chosen: dt.date) -> HttpResponse:
    return redirect(f"{reverse('books:month')}?month={chosen:%Y-%m}")
