from __future__ import annotations

from coop.web.navigation import Entry

network = [
    Entry(40, "Nodes", "network:node-list", "warehouse", key="n", phone=True),
]
