from __future__ import annotations

from coop.web.navigation import Entry

portal = [
    Entry(120, "Team & settings", "portal:team", "users", key="t"),
]

network = [
    Entry(20, "Members", "network:member-list", "users", key="m", phone=True),
    Entry(30, "Applications", "network:application-list", "inbox", key="a", phone=True),
    Entry(60, "Staff", "network:staff", "id-card", key="s"),
]

public = [
    Entry(30, "Join", "public:apply", "handshake", key="j"),
]
