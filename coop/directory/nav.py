from __future__ import annotations

from coop.web.navigation import Entry

public = [
    Entry(10, "Nodes near you", "public:node-list", "map-pin", key="n"),
    Entry(20, "How it works", "public:how", "route", key="w"),
]
