from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(90, "Season", "portal:calendar", "calendar-range", key="n"),
]

floor = [
    Entry(130, "Calendar", "floor:calendar", "calendar-range", key="n"),
]
