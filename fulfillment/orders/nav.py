from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(20, "Orders", "portal:order-list", "shopping-bag", key="o", phone=True),
]
