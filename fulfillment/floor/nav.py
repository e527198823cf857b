from __future__ import annotations

from coop.web.navigation import Entry

floor = [
    Entry(10, "Board", "floor:board", "kanban", key="b", phone=True, only_for=("operator",)),
]
