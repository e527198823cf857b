"""What the accountant takes home: a month of documents, and the journal."""

from __future__ import annotations

from typing import cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render

from billing import months
from billing.invoices.bundle import bundle
from billing.invoices.models import Invoice, InvoiceQuerySet
from billing.ledger import journal
from billing.ledger.models import Posting
from coop.nodes.doors import CoopDoor, books


@books()
def export_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Months that have invoices, each with its files."""
    context = {"months": cast(InvoiceQuerySet, door.all(Invoice)).months_issued()}
    return render(request, "billing/invoices/exports.html", context)


@books()
def month_zip(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """PDFs, annexes, journal and manifest of a month."""
    month = months.to_invoice(request.GET.get("month", ""))
    invoices = door.all(Invoice).filter(period_start=month, state=Invoice.State.ISSUED)
    archive = bundle(
        month,
        invoices.prefetch_related("documents").order_by("number"),
        journal.HEADERS,
        journal.rows_of(door.all(Posting).filter(entry__source_id__in=invoices.values("pk"))),
    )
    name = f"invoices-{month:%Y-%m}.zip"
    # A stream is a response to every door, though no HttpResponse to the type checker.
    return cast(
        HttpResponse,
        FileResponse(archive, as_attachment=True, filename=name, content_type="application/zip"),
    )
