"""The invoice on paper. The only module that knows WeasyPrint: nothing is fetched, same input, same bytes."""

from __future__ import annotations

from billing.invoices.models import Invoice


def pdf_of(invoice: Invoice) -> bytes:
    """The PDF of an issued invoice."""
    raise NotImplementedError
