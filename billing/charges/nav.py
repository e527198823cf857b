from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(100, "Costs", "portal:cost-list", "coins", key="c", phone=True),
]
