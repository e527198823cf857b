"""Who may do what, by rule; and the few things that no rule says, each with its reason.

The rule follows from the label of a view's door (area, roles, methods), from whose place the address names and from
whose object it names. A route that neither the rule nor a table here knows fails the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.access.routes import Route

LOGIN = "to the login"
OPEN = "open"
Outcome = str | int

# --- Views without a door of ours --------------------------------------------------------------------------------
WITHOUT_A_DOOR = {
    "accounts/": "allauth's own views: they show a person nothing but their own account",
    "admin/": "Django's admin asks for is_staff itself; who gets that is checked below",
    "api/schema/": "the description of the API, without a row in it",
    "livez": "for machines that watch: says only that the process answers",
    "readyz": "for machines that watch: says only whether database and Redis answer",
    "metrics": "for machines that watch: counters without names",
    "webhooks/": "signed by their sender; what is not is refused by the view and changes nothing",
}

# --- Which model a parameter names, where its own name does not say it --------------------------------------------
MODELS = {
    "key": "coop.ApiKey",
    "post": "coop.StaffPost",
    "spec": "coop.PackingSpec",
    "pool": "fulfillment.SlotPool",
    "run": "fulfillment.CycleRun",
    "cycle": "fulfillment.ReplenishmentCycle",
    "mapping": "fulfillment.ColumnMapping",
    "feed": "fulfillment.CalendarFeed",
    "task": "fulfillment.PickTask",
    "count": "fulfillment.CountTask",
    "line": "fulfillment.OrderLine",
    "card": "billing.RateCard",
    "version": "coop.PackingSpecVersion",
    "step": "coop.PackingStep",
    "event": "billing.StripeEvent",
    "document": "billing.InvoiceDocument",
    "entry": "billing.JournalEntry",
    "waiting": "fulfillment.WaitlistEntry",
}
# The same for parameters called `pk`, by the beginning of the route's name.
KEYS = {
    "network:member-": "coop.Member",
    "network:node-": "coop.Node",
    "network:zone-": "coop.Node",
    "network:cart-": "coop.Node",
    "network:rate-card": "billing.RateCard",
    "portal:slot-": "fulfillment.Booking",
    "portal:stock-detail": "coop.Sku",
    "portal:sku-": "coop.Sku",
    "portal:asn-": "fulfillment.Asn",
    "portal:order": "fulfillment.Order",
    "portal:drop": "fulfillment.Drop",
    "portal:channel": "fulfillment.Channel",
    "portal:mapping": "fulfillment.ColumnMapping",
    "portal:shipment": "fulfillment.Shipment",
    "portal:invoice": "billing.Invoice",
    "floor:receive": "fulfillment.Asn",
    "floor:putaway": "fulfillment.AsnLine",
    "floor:count": "fulfillment.CountTask",
    "floor:count-ask": "fulfillment.Stock",
    "floor:adjust": "fulfillment.Stock",
    "floor:shipment": "fulfillment.Shipment",
    "floor:drop": "fulfillment.Drop",
    "books:invoice": "billing.Invoice",
    "books:account": "billing.Account",
    "books:message-": "coop.OutboxMessage",
    "books:event-": "billing.StripeEvent",
    "books:rate-card": "billing.RateCard",
    "api:order": "fulfillment.Order",
    "api:sku": "coop.Sku",
    "api:shipment": "fulfillment.Shipment",
    "api:asn": "fulfillment.Asn",
    "api:drop": "fulfillment.Drop",
}
# The same for one parameter of one route.
SPECIAL = {
    ("api:sku-detail", "code"): "coop.Sku",
    ("portal:spec-print", "number"): "coop.PackingSpecVersion",
    ("portal:invoice-line", "line"): "billing.InvoiceLine",
    ("portal:invoice-line-csv", "line"): "billing.InvoiceLine",
    ("books:invoice-line", "line"): "billing.InvoiceLine",
}
# Rows that such a page is about, where any row of the model would not do.
ONLY: dict[tuple[str, str], dict[str, object]] = {
    **{
        (f"portal:{what}-import-{page}", "job"): {"kind": kind, "state": "preview", "upload__gt": ""}
        for what, kind in (("sku", "catalog.products"), ("order", "orders.import"))
        for page in ("preview", "problems", "map", "columns")
    },
    ("network:staff-invitation-withdraw", "invitation"): {"member": None},
    ("floor:putaway", "pk"): {"asn__state": "receiving"},
    ("floor:pick-short", "task"): {"state": "open"},
    ("floor:bench", "shipment"): {"state": "packing"},
    ("floor:came", "booking"): {"pool__kind": "table"},
    ("portal:slot-change", "pk"): {"state": "booked"},
}
# Rows that belong to no member and no node: every place sees the same ones.
OF_ALL = {"fulfillment.Carton"}
# How to get from a model to its node where no foreign key leads there.
PATHS = {
    ("fulfillment.Order", "Node"): "allocations__node",
    ("fulfillment.Drop", "Node"): "legs__run__cycle__node",
}
# Parameters that are another field of the row than its key.
FIELDS: dict[tuple[str, str], str] = {
    ("portal:spec-print", "number"): "number",
    ("api:sku-detail", "code"): "code",
}
# Parameters that name no row: an address that leads somewhere, for who may go there.
WORDS = {
    ("public:invitation", "token"): "invitation_token",
    ("public:stewardship", "token"): "stewardship_token",
    ("calendar-feed", "token"): "calendar_token",
    ("floor:terms", "kind"): "kind_of_slots",
    ("portal:slot-calendar", "pool"): "shelf_pool",  # everybody may book at every node
    ("portal:invoice-file", "kind"): "invoice_file",
    ("books:invoice-file", "kind"): "invoice_file",
}

# --- Answers to an open door that are not 200 for GET ---------------------------------------------------------------
GET_ANSWERS: dict[str, set[int]] = {
    "home": {200, 302},  # leads on to the person's place
    "books:month-issue": {200, 302},  # leads back to the month when there is nothing to issue
    "portal:order-send": {200, 302},  # leads back to an order that is whole
    "public:application": {200, 302},  # leads to the form for who has not applied
}

# A code is a name in the member's own list: to put what another has as well makes one of one's own.
OWN_NAMES = {("api:sku-detail", "PUT")}
# An invitation is for one address: whoever is signed in with another one is told so.
FOR_ONE_PERSON = {("public:invitation", "POST")}

# --- GET that writes, and why ---------------------------------------------------------------------------------------
WRITES_ON_GET = {
    "calendar-feed": {"fulfillment_calendarfeed"},  # when it was last read, at most once an hour
    "api": {"coop_apikey"},  # when a key was last used, at most once a minute
    "api/": {"coop_apikey"},
    # Papers are made when they are first asked for, should the worker not have been there yet.
    "books:month-zip": {"billing_invoicedocument"},
    "books:invoice-file": {"billing_invoicedocument"},
    "portal:invoice-file": {"billing_invoicedocument"},
    "accounts/": {"django_session"},  # a code or a challenge waits in the session
}


@dataclass(frozen=True)
class Role:
    """One who knocks. `member`/`node` is where they belong: "A" or "B"."""

    name: str
    place: str = ""  # portal, floor, books, network, api
    role: str = ""
    home: str = ""

    def __str__(self) -> str:
        return self.name


ROLES = (
    Role("anonymous"),
    Role("owner of A", "portal", "owner", "A"),
    Role("manager of A", "portal", "manager", "A"),
    Role("accountant of A", "portal", "accountant", "A"),
    Role("owner of B", "portal", "owner", "B"),
    Role("picker at A", "floor", "picker", "A"),
    Role("operator at A", "floor", "operator", "A"),
    Role("operator at B", "floor", "operator", "B"),
    Role("co-op accountant", "books", "accountant"),
    Role("steward", "network", "steward"),
    Role("key of A", "api", "api", "A"),
    Role("key of B", "api", "api", "B"),
)


@dataclass(frozen=True)
class Aim:
    """Whose place the address names, and whose objects."""

    place: str
    objects: str

    def __str__(self) -> str:
        return f"place of {self.place}, objects of {self.objects}"


AIMS = (Aim("A", "A"), Aim("B", "B"), Aim("A", "B"), Aim("B", "A"))


def reason_without_a_door(route: Route) -> str | None:
    return next((why for prefix, why in WITHOUT_A_DOOR.items() if route.template.startswith(prefix)), None)


def model_of(route: Route, param: str) -> str | None:
    """The label of the model that a parameter names; None when nobody has said."""
    if (route.name, param) in SPECIAL:
        return SPECIAL[route.name, param]
    if param == "pk":
        fitting = [prefix for prefix in KEYS if route.name.startswith(prefix)]
        return KEYS[max(fitting, key=len)] if fitting else None
    return MODELS.get(param) or _by_name().get(param)


def _by_name() -> dict[str, str]:
    from django.apps import apps

    return {
        model._meta.model_name or "": model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in {"coop", "fulfillment", "billing"}
    }


def expected(route: Route, role: Role, method: str, aim: Aim) -> Outcome:
    """What must come of it."""
    answered = method in route.methods
    if route.area == "public" and (route.name, method) in FOR_ONE_PERSON and role.place not in {"", "api"}:
        return 403
    if route.area in {"public", "token"}:  # everybody; whoever knows the address
        return OPEN if answered else 405
    if route.area == "api":
        return _expected_of_a_machine(route, role, method, aim)
    if role.place in {"", "api"}:
        return LOGIN
    if route.area == "signed_in":
        theirs = role.home == aim.objects and role.place == "portal"
        return 405 if not answered else _open_or_not_here(route, theirs=theirs)
    if route.area in {"books", "network"}:
        return 404 if role.place != route.area else OPEN if answered else 405
    return _expected_at_a_place(route, role, method, aim)


def _expected_of_a_machine(route: Route, role: Role, method: str, aim: Aim) -> Outcome:
    if role.place != "api":
        return 401
    if method not in route.methods:
        return 405
    return _open_or_not_here(route, theirs=aim.objects == role.home or (route.name, method) in OWN_NAMES)


def _expected_at_a_place(route: Route, role: Role, method: str, aim: Aim) -> Outcome:
    """Portal and floor: the address names the place."""
    if role.place != route.area or role.home != aim.place:
        return 404
    if role.role not in route.roles:
        return 403
    return 405 if method not in route.methods else _open_or_not_here(route, theirs=aim.objects == aim.place)


def _open_or_not_here(route: Route, *, theirs: bool) -> Outcome:
    return OPEN if theirs or not _names_objects(route) else 404


def _names_objects(route: Route) -> bool:
    return any(model_of(route, param) not in OF_ALL for param in objects_of(route))


def objects_of(route: Route) -> list[str]:
    """The parameters that name rows, the place itself left out."""
    place = {"portal": "member", "floor": "node"}.get(route.area or "")
    return [
        p
        for p in route.params
        if p != place and (route.name, p) not in WORDS and not _is_public_slug(route, p)
    ]


def _is_public_slug(route: Route, param: str) -> bool:
    return route.area == "public" and param == "node"
