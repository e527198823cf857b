from __future__ import annotations

from coop.web.navigation import Entry

network = [
    Entry(50, "Rate cards", "network:rate-card-list", "badge-euro", key="r"),
]
