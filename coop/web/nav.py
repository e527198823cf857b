"""What each area offers, declared once. An entry whose page does not exist (yet), or is not for this role, is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Entry:
    """One line of navigation. `roles` empty means everybody who may enter the area; `key` is the letter after g."""

    label: str
    url_name: str
    icon: str
    key: str = ""
    roles: tuple[str, ...] = ()
    phone: bool = False  # one of the four in the bottom bar


@dataclass(frozen=True)
class Link:
    """An entry that resolved, for the page at hand."""

    entry: Entry
    url: str
    current: bool


OWNER, MANAGER, ACCOUNTANT = "owner", "manager", "accountant"
OPERATOR, PICKER, STEWARD = "operator", "picker", "steward"
_RUNS_IT = (OWNER, MANAGER)

AREAS: dict[str, tuple[Entry, ...]] = {
    "portal": (
        Entry("Overview", "portal:overview", "house", "h", phone=True),
        Entry("Orders", "portal:order-list", "shopping-bag", "o", phone=True),
        Entry("Stock", "portal:stock-list", "boxes", "s", phone=True),
        Entry("SKUs", "portal:sku-list", "tags", "k"),
        Entry("Packing specs", "portal:spec-list", "package-open", "p", _RUNS_IT),
        Entry("Inbound", "portal:asn-list", "truck", "i", _RUNS_IT),
        Entry("Slots", "portal:slot-list", "shelving-unit", "l", _RUNS_IT),
        Entry("Drops", "portal:drop-list", "calendar-clock", "d", _RUNS_IT),
        Entry("Season", "portal:calendar", "calendar-range", "n", _RUNS_IT),
        Entry("Costs", "portal:cost-list", "coins", "c", phone=True),
        Entry("Invoices", "portal:invoice-list", "receipt-text", "v"),
        Entry("Team & settings", "portal:team", "users", "t"),
    ),
    "floor": (
        Entry("Board", "floor:board", "kanban", "b", (OPERATOR,), phone=True),
        Entry("Receive", "floor:receive-list", "truck", "r", phone=True),
        Entry("Put away", "floor:putaway-list", "package-plus", "a"),
        Entry("Queue", "floor:queue", "list-ordered", "q", (OPERATOR,)),
        Entry("Pick", "floor:pick", "scan-barcode", "p", phone=True),
        Entry("Pack", "floor:pack", "package-check", "k", phone=True),
        Entry("Shipments", "floor:shipment-list", "send", "s"),
        Entry("Counts", "floor:count-list", "clipboard-list", "c"),
        Entry("Cartons", "floor:carton-list", "package", "x", (OPERATOR,)),
        Entry("Find", "floor:find", "scan-search", "f"),
        Entry("Dock", "floor:dock", "calendar-clock", "d"),
        Entry("Slots", "floor:slots", "shelving-unit", "l", (OPERATOR,)),
        Entry("Calendar", "floor:calendar", "calendar-range", "n", (OPERATOR,)),
    ),
    "books": (
        Entry("Month", "books:month", "calendar-days", "m", phone=True),
        Entry("Invoices", "books:invoice-list", "receipt-text", "v", phone=True),
        Entry("Journal", "books:journal", "book-open-text", "j", phone=True),
        Entry("Reconciliation", "books:reconciliation", "scale", "r", phone=True),
        Entry("Exports", "books:export-list", "file-down", "e"),
        Entry("Issuer", "books:issuer", "landmark", "i"),
    ),
    "network": (
        Entry("Home", "network:home", "house", "h", phone=True),
        Entry("Members", "network:member-list", "users", "m", phone=True),
        Entry("Applications", "network:application-list", "inbox", "a", phone=True),
        Entry("Nodes", "network:node-list", "warehouse", "n", phone=True),
        Entry("Rate cards", "network:rate-card-list", "badge-euro", "r"),
        Entry("Staff", "network:staff", "id-card", "s"),
        Entry("Issuer", "network:issuer", "landmark", "i"),
    ),
    "public": (
        Entry("Nodes near you", "public:node-list", "map-pin", "n"),
        Entry("How it works", "public:how", "route", "w"),
        Entry("Join", "public:apply", "handshake", "j"),
    ),
    "account": (
        Entry("E-mail", "account_email", "mail"),
        Entry("Password", "account_change_password", "key-round"),
        Entry("Two steps & passkeys", "mfa_index", "shield-check"),
        Entry("Devices", "usersessions_list", "monitor-smartphone"),
        Entry("Imports & exports", "jobs:list", "list-checks"),
    ),
}


def links(area: str, request: HttpRequest | None, door: Any = None) -> list[Link]:
    """The entries of `area` that exist and that the door's role may open; the most specific match is current."""
    kwargs = _place(area, door)
    role = str(getattr(door, "role", "") or "")
    found = []
    for entry in AREAS[area]:
        if entry.roles and role and role not in entry.roles:
            continue
        try:
            url = reverse(entry.url_name, kwargs=kwargs)
        except NoReverseMatch:
            continue
        found.append((entry, url))
    path = request.path if request is not None else ""
    best = max((url for _, url in found if _covers(url, path, found)), key=len, default="")
    return [Link(entry, url, url == best) for entry, url in found]


def _covers(url: str, path: str, found: list[tuple[Entry, str]]) -> bool:
    """An area's home is current on itself alone; a list is current on everything under it."""
    is_root = any(other != url and other.startswith(url) for _, other in found)
    return path == url if is_root else path.startswith(url)


def _place(area: str, door: Any) -> dict[str, str]:
    if area == "portal" and getattr(door, "member", None) is not None:
        return {"member": door.member.slug}
    if area == "floor" and getattr(door, "node", None) is not None:
        return {"node": door.node.slug}
    return {}
