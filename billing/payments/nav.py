from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(110, "Invoices", "portal:invoice-list", "receipt-text", key="v"),
]

books = [
    Entry(10, "Month", "books:month", "calendar-days", key="m", phone=True),
    Entry(20, "Invoices", "books:invoice-list", "receipt-text", key="v", phone=True),
    Entry(40, "Reconciliation", "books:reconciliation", "scale", key="r", phone=True),
]
