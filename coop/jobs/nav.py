from __future__ import annotations

from coop.web.navigation import Entry

account = [
    Entry(50, "Imports & exports", "jobs:list", "list-checks"),
]
