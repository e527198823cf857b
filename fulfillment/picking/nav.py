from __future__ import annotations

from coop.web.navigation import Entry

floor = [
    Entry(40, "Queue", "floor:queue", "list-ordered", key="q"),
    Entry(50, "Pick", "floor:pick", "scan-barcode", key="p", phone=True),
]
