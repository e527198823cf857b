"""A member's invoices, each line down to its picks."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from billing.charges import work
from billing.charges.models import Charge, ChargeQuerySet
from billing.invoices.models import Invoice, InvoiceDocument, InvoiceQuerySet
from billing.invoices.services import make_documents
from billing.invoices.services.documents import file_name, read_document
from coop.identity.doors import Door
from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.tables import csv_response

_STATES = [("open", "Open"), ("overdue", "Overdue"), ("paid", "Paid")]


@portal(OWNER, MANAGER, ACCOUNTANT)
def invoice_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Every issued invoice, the latest first."""
    today = clock.today("UTC")
    invoices = cast(InvoiceQuerySet, door.all(Invoice))
    page = keyset(
        request, invoices.in_state(request.GET.get("state", ""), today), order=("-period_start", "-id")
    )
    context = {
        "page": page,
        "rows": [(invoice, invoice.standing(today)) for invoice in page.items],
        "states": [(name, label, invoices.in_state(name, today).sums()[1]) for name, label in _STATES],
        "owed": invoices.unpaid().sums(),
        "overdue": invoices.overdue(today).sums()[1],
        "currency": door.member.currency,
    }
    return render(request, "billing/invoices/list.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def invoice(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """One invoice: what to pay, by when, and its lines."""
    found = door.get(Invoice, pk)
    return render(request, "billing/invoices/detail.html", invoice_context(found))


@portal(OWNER, MANAGER, ACCOUNTANT)
def line(request: HttpRequest, door: MemberDoor, pk: UUID, line: UUID) -> HttpResponse:
    """The picks behind one line."""
    found = door.get(Invoice, pk)
    return render(request, "billing/invoices/line.html", line_context(request, door, found, line))


@portal(OWNER, MANAGER, ACCOUNTANT)
def line_csv(request: HttpRequest, door: MemberDoor, pk: UUID, line: UUID) -> HttpResponse:
    """The same as a file."""
    found = door.get(Invoice, pk)
    its_line = get_object_or_404(found.lines, pk=line)
    name = f"{found.number}-line-{its_line.position}.csv"
    charges = cast(ChargeQuerySet, door.all(Charge)).filter(invoice_line=its_line)
    return csv_response(name, work.HEADERS, work.rows(charges))


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


def invoice_context(found: Invoice) -> dict[str, Any]:
    """What both the member's and the accountant's page of an invoice show."""
    today = clock.today("UTC")
    lines = list(found.lines.select_related("node"))
    nodes: dict[Any, dict[str, Any]] = {}
    for one in lines:
        node = nodes.setdefault(one.node_id, {"name": one.node.name, "total": 0, "lines": []})
        node["lines"].append(one)
        node["total"] += one.net_amount
    return {
        "invoice": found,
        "standing": found.standing(today),
        "nodes": list(nodes.values()),
        "today": today,
    }


def line_context(request: HttpRequest, door: Door, found: Invoice, line: UUID) -> dict[str, Any]:
    """The charges behind a line: those it took up, or those that a draft would take up."""
    its_line = get_object_or_404(found.lines.select_related("node", "invoice"), pk=line)
    charges = cast(ChargeQuerySet, door.all(Charge)).behind(its_line)
    page = keyset(request, charges.with_work(), order=work.ORDER)
    return {
        "invoice": found,
        "line": its_line,
        "page": page,
        **work.listed(page.items),
        "total": charges.in_all(),
    }
