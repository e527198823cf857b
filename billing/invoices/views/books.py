"""What the accountant does with a month: draw its drafts, issue them; and the papers of an invoice."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing import months
from billing.invoices import services
from billing.invoices.models import Invoice
from billing.invoices.views.portal import document_response, line_context
from billing.words import amount_of
from coop.jobs.services import start_job
from coop.kernel import clock
from coop.nodes.doors import CoopDoor, books
from coop.web.pages import ask_first


@books(methods=("POST",))
def draw(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Draw the drafts of a month (anew)."""
    chosen = months.to_invoice(request.POST.get("month", ""))
    drafts = services.draft_invoices(month=chosen)
    if drafts:
        messages.success(request, f"{amount_of(len(drafts), 'draft')} drawn for {chosen:%B %Y}.")
    else:
        messages.info(request, f"There is nothing to invoice for {chosen:%B %Y}.")
    return _to_month(chosen)


@books(methods=("POST",))
def throw_away(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Throw away the drafts of a month."""
    chosen = months.to_invoice(request.POST.get("month", ""))
    count = services.throw_away_drafts(month=chosen)
    messages.info(request, f"{count} drafts thrown away. Their work stays as it is.")
    return _to_month(chosen)


@books(methods=("GET", "POST"))
def issue_month(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Ask, then issue all drafts of a month in a job."""
    chosen = months.to_invoice((request.POST or request.GET).get("month", ""))
    drafts = door.all(Invoice).filter(period_start=chosen, state=Invoice.State.DRAFT)
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
    return ask_first(
        request,
        area="books",
        title=f"Issue {amount_of(count, 'invoice')} of {chosen:%B %Y}?",
        what=_what_issuing_does(chosen),
        label=f"Issue {amount_of(count, 'invoice')}",
        ordinary=True,
        back_url=f"{reverse('books:month')}?month={chosen:%Y-%m}",
        fields={"month": f"{chosen:%Y-%m}"},
    )


@books(methods=("GET", "POST"))
def issue(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Ask, then issue one draft."""
    found = door.get(Invoice, pk)
    if request.method == "POST":
        issued = services.issue_invoice(invoice=found, by=door.user)
        messages.success(request, f"{issued.number} is issued; {found.member} gets it by mail.")
        return redirect("books:invoice", pk=pk)
    return ask_first(
        request,
        area="books",
        title=f"Issue the invoice of {found.member} for {found.period_start:%B %Y}?",
        what=_what_issuing_does(found.period_start),
        label="Issue the invoice",
        ordinary=True,
        back_url=reverse("books:invoice", kwargs={"pk": pk}),
    )


@books()
def line(request: HttpRequest, door: CoopDoor, pk: UUID, line: UUID) -> HttpResponse:
    """The picks behind one line."""
    found = door.get(Invoice, pk)
    return render(request, "billing/invoices/books_line.html", line_context(request, door, found, line))


@books()
def download(request: HttpRequest, door: CoopDoor, pk: UUID, kind: str) -> HttpResponse:
    """The PDF or the annex of one invoice."""
    return document_response(door, pk, kind)


def _what_issuing_does(chosen: dt.date) -> str:
    words = (
        "Each gets its number and is sent: by mail to the member, and to Stripe for payment. "
        "What is issued cannot be changed any more."
    )
    if chosen >= months.first_day(clock.today("UTC")):
        words += f" {chosen:%B} is not over: work done from now on goes on the next month's invoice."
    return words


def _to_month(chosen: dt.date) -> HttpResponse:
    return redirect(f"{reverse('books:month')}?month={chosen:%Y-%m}")
