from __future__ import annotations

from coop.web.navigation import Entry

books = [
    Entry(30, "Journal", "books:journal", "book-open-text", key="j", phone=True),
]
