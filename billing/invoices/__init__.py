"""Charges become drafts, invoices and documents."""
