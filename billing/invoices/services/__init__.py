"""Drafts, issuing and documents. The only writer of invoices, their lines, series and documents."""

from __future__ import annotations

from billing.invoices.services.documents import make_documents
from billing.invoices.services.drafting import draft_invoices, throw_away_drafts
from billing.invoices.services.issuer import IssuerDetails, save_issuer
from billing.invoices.services.issuing import Issued, issue_invoice, issue_month

__all__ = [
    "Issued",
    "IssuerDetails",
    "draft_invoices",
    "issue_invoice",
    "issue_month",
    "make_documents",
    "save_issuer",
    "throw_away_drafts",
]
