from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(10, "Overview", "portal:overview", "house", key="h", phone=True),
]

network = [
    Entry(10, "Home", "network:home", "house", key="h", phone=True),
]
