from __future__ import annotations

from coop.web.navigation import Entry

books = [
    Entry(50, "Exports", "books:export-list", "file-down", key="e"),
    Entry(60, "Issuer", "books:issuer", "landmark", key="i"),
]

network = [
    Entry(70, "Issuer", "network:issuer", "landmark", key="i"),
]
