"""What lies behind a member's invoice: each line down to its picks, and the papers."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from billing.charges import work
from billing.charges.models import Charge, ChargeQuerySet
from billing.invoices.models import Invoice, InvoiceDocument, InvoiceLine, InvoiceLineQuerySet
from billing.invoices.services import make_documents
from billing.invoices.services.documents import file_name, read_document
from coop.identity.doors import Door
from coop.kernel.paging import keyset
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.tables import csv_response


@portal(OWNER, MANAGER, ACCOUNTANT)
def line(request: HttpRequest, door: MemberDoor, pk: UUID, line: UUID) -> HttpResponse:
    """The picks behind one line."""
    found = door.get(Invoice, pk)
    return render(request, "billing/invoices/line.html", line_context(request, door, found, line))


@portal(OWNER, MANAGER, ACCOUNTANT)
def line_csv(request: HttpRequest, door: MemberDoor, pk: UUID, line: UUID) -> HttpResponse:
    """The same as a file."""
    found = door.get(Invoice, pk)
    its_line = get_object_or_404(found.lines.select_related("invoice"), pk=line)
    name = f"{found.number}-line-{its_line.position}.csv"
    charges = its_line.charges_behind(cast(ChargeQuerySet, door.all(Charge)))
    return csv_response(name, work.HEADERS, work.rows(charges, {its_line.pk: found.number or ""}))


@portal(OWNER, MANAGER, ACCOUNTANT)
def work_csv(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """The list of work as a file, each piece with the number of the invoice that it is on."""
    charges = work.narrowed(cast(ChargeQuerySet, door.all(Charge)), request.GET)
    numbers = cast(InvoiceLineQuerySet, door.all(InvoiceLine)).numbers()
    name = f"{door.member.slug}-work-{work.chosen_month(request.GET):%Y-%m}.csv"
    return csv_response(name, work.HEADERS, work.rows(charges, numbers))


@portal(OWNER, MANAGER, ACCOUNTANT)
def download(request: HttpRequest, door: MemberDoor, pk: UUID, kind: str) -> HttpResponse:
    """The PDF or the annex, as it was given out."""
    return document_response(door, pk, kind)


def document_response(door: Door, pk: UUID, kind: str) -> HttpResponse:
    """A document of an invoice that can be seen through `door`; made now if the worker has not come to it yet."""
    found = door.get(Invoice, pk)
    if kind not in InvoiceDocument.Kind.values:
        raise Http404
    document = found.documents.filter(kind=kind).first()
    if document is None:
        document = next(d for d in make_documents(invoice=found) if d.kind == kind)
    content_type = "application/pdf" if kind == InvoiceDocument.Kind.PDF else "text/csv; charset=utf-8"
    return HttpResponse(
        read_document(document),
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(found, kind)}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def line_context(request: HttpRequest, door: Door, found: Invoice, line: UUID) -> dict[str, Any]:
    """The charges behind a line: those it took up, or those that a draft would take up."""
    its_line = get_object_or_404(found.lines.select_related("node", "invoice"), pk=line)
    charges = its_line.charges_behind(cast(ChargeQuerySet, door.all(Charge)))
    page = keyset(request, charges.with_work(), order=work.ORDER)
    return {
        "invoice": found,
        "line": its_line,
        "page": page,
        **work.listed(page.items),
        "total": charges.in_all(),
    }
