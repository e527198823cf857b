from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(80, "Drops", "portal:drop-list", "calendar-clock", key="d"),
]

floor = [
    Entry(110, "Dock", "floor:dock", "calendar-clock", key="d"),
]
