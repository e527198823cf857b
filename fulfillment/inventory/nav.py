from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(30, "Stock", "portal:stock-list", "boxes", key="s", phone=True),
    Entry(60, "Inbound", "portal:asn-list", "truck", key="i"),
]

floor = [
    Entry(20, "Receive", "floor:receive-list", "truck", key="r", phone=True),
    Entry(30, "Put away", "floor:putaway-list", "package-plus", key="a"),
    Entry(80, "Counts", "floor:count-list", "clipboard-list", key="c"),
    Entry(100, "Find", "floor:find", "scan-search", key="f"),
]
