from __future__ import annotations

from coop.web.navigation import Entry

floor = [
    Entry(60, "Pack", "floor:pack", "package-check", key="k", phone=True),
    Entry(70, "Shipments", "floor:shipment-list", "send", key="s"),
    Entry(90, "Cartons", "floor:carton-list", "package", key="x"),
]
