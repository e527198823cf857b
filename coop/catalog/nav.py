from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(40, "SKUs", "portal:sku-list", "tags", key="k"),
    Entry(50, "Packing specs", "portal:spec-list", "package-open", key="p"),
]
