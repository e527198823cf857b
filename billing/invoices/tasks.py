"""What an issued invoice sets going, delivered from the outbox."""

from __future__ import annotations

from django.conf import settings

from billing.invoices.events import issued
from billing.invoices.models import Invoice, InvoiceDocument
from billing.invoices.services import make_documents
from billing.invoices.services.documents import file_name, read_document
from coop.runtime import letters
from coop.runtime.models import OutboxMessage


@issued.heard("invoice.documents")
def make_invoice_documents(message: OutboxMessage) -> dict[str, str]:
    """Make the PDF and the annex."""
    documents = make_documents(invoice=_invoice(message))
    return {document.kind: document.sha256 for document in documents}


@issued.heard("mail.invoice")
def mail_invoice(message: OutboxMessage) -> dict[str, str]:
    """Send the member their invoice, with the PDF. The same message id each time: a mailbox shows a repeat once."""
    invoice = _invoice(message)
    pdf = next(d for d in make_documents(invoice=invoice) if d.kind == InvoiceDocument.Kind.PDF)
    context = {"invoice": invoice, "member": invoice.member, "site_url": settings.SITE_URL}
    return letters.send_letter(
        message,
        "billing/mail/invoice.txt",
        context,
        to=invoice.buyer["email"],
        reply_to=[invoice.seller["email"]],
        attachments=[(file_name(invoice, pdf.kind), read_document(pdf), "application/pdf")],
    )


def _invoice(message: OutboxMessage) -> Invoice:
    return Invoice.objects.select_related("member").get(pk=message.payload["invoice"])
