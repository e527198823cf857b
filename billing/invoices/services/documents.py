"""The files that go out with an invoice: made once, after it is issued, and kept under the hash of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from billing.invoices.annex import annex_of
from billing.invoices.errors import NotIssued
from billing.invoices.models import Invoice, InvoiceDocument
from billing.invoices.pdf import pdf_of
from coop.kernel.acts import act
from coop.kernel.locks import one_at_a_time

_MAKERS: dict[str, tuple[Callable[[Invoice], bytes], str]] = {
    InvoiceDocument.Kind.PDF: (pdf_of, "pdf"),
    InvoiceDocument.Kind.ANNEX: (annex_of, "csv"),
}


@act
def make_documents(*, invoice: Invoice) -> list[InvoiceDocument]:
    """Make the PDF and the CSV annex of an issued invoice, those that are not made yet.

    The row is written after its file is whole, and names it by its hash: killed in between, the next run writes the
    same bytes to the same name. Raises NotIssued for a draft.
    """
    if invoice.state != Invoice.State.ISSUED:
        raise NotIssued("A draft has no documents; issue it first.")
    one_at_a_time(f"billing.documents.{invoice.pk}")
    made = {document.kind: document for document in invoice.documents.all()}
    for kind, (make, ending) in _MAKERS.items():
        if kind not in made:
            made[kind] = _keep(invoice, kind, make(invoice), ending)
    return [made[kind] for kind in _MAKERS]


def read_document(document: InvoiceDocument) -> bytes:
    """The bytes of a document. Raises ValueError when they are not those that were given out."""
    with default_storage.open(document.file) as file:
        content: bytes = file.read()
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise ValueError(f"{document.file} is not the file that was given out")
    return content


def file_name(invoice: Invoice, kind: str) -> str:
    """What a person's computer calls it: CS-2026-00042.pdf, CS-2026-00042-annex.csv."""
    return f"{invoice.number}.pdf" if kind == InvoiceDocument.Kind.PDF else f"{invoice.number}-annex.csv"


def _keep(invoice: Invoice, kind: str, content: bytes, ending: str) -> InvoiceDocument:
    digest = hashlib.sha256(content).hexdigest()
    name = f"invoices/{digest[:2]}/{digest}.{ending}"
    # A file that a killed process left half written has the right name and the wrong bytes.
    if default_storage.exists(name) and not _holds(name, digest):
        default_storage.delete(name)
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(content))
    return InvoiceDocument.objects.create(
        invoice=invoice, kind=kind, file=name, sha256=digest, size=len(content)
    )


def _holds(name: str, digest: str) -> bool:
    with default_storage.open(name) as file:
        return hashlib.sha256(file.read()).hexdigest() == digest
