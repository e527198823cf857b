from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(70, "Slots", "portal:slot-list", "shelving-unit", key="l"),
]

floor = [
    Entry(120, "Slots", "floor:slots", "shelving-unit", key="l"),
]
