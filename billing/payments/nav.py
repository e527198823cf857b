from __future__ import annotations

from coop.web.navigation import Entry

books = [
    Entry(40, "Reconciliation", "books:reconciliation", "scale", key="r", phone=True),
]
