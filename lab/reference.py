"""The reference pages of the documentation, written from the code they describe, so that they cannot drift."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from coop.catalog import sheet, shopify
from fulfillment.orders import mapping
from lab.demo.cast import LOGINS, PASSWORD

ROOT: Path = settings.BASE_DIR
NOTE = "<!-- Written by `manage.py reference` from the code. Change it there. -->\n\n"

# What a setting is for; its name and default are read from the settings file itself.
SETTINGS: dict[str, str] = {
    "COMMONSHELF_VAR": "Folder for everything that is not code: bundled servers, uploads, collected static files.",
    "COMMONSHELF_DEMO": "Demo mode: demo co-op and logins, Stripe stand-in, mail into files. On unless `DATABASE_URL` is set.",
    "DEBUG": "Django's debug pages. Never in public.",
    "SECRET_KEY": "Signs sessions and links. Needed outside demo mode; 50 random characters or more.",
    "SITE_URL": "The address people type; links in mail start with it.",
    "ALLOWED_HOSTS": "Host names the program answers to, separated by commas.",
    "CSRF_TRUSTED_ORIGINS": "Origins whose forms are trusted, separated by commas.",
    "DATABASE_URL": "PostgreSQL 15 or later, as the plain role. Without it the bundled server is started.",
    "DATABASE_OWNER_URL": "The same database as the role that owns the tables; migrations and backups use it.",
    "REDIS_URL": "Redis for cache and queue. Without it the bundled server is started.",
    "STORAGE_URL": "Uploads and documents: `file:///path` or `s3://KEY:SECRET@HOST/BUCKET`.",
    "EMAIL_URL": "How mail leaves: `smtp+tls://user:password@host:587`. Needed outside demo mode.",
    "DEFAULT_FROM_EMAIL": "Sender of our mail.",
    "STRIPE_SECRET_KEY": "Stripe's secret key. In demo mode the stand-in's.",
    "STRIPE_WEBHOOK_SECRET": "Secret that Stripe signs its webhooks with.",
    "STRIPE_STANDIN_URL": "Where the local Stripe stand-in listens; `up` sets it.",
    "STRIPE_API_BASE": "Another address instead of Stripe's own; empty means Stripe.",
    "HOLD_AFTER_DAYS": "Days after the due day until a member who has not paid is put on hold.",
    "SECURE_SSL_REDIRECT": "Send http to https.",
    "BEHIND_PROXY": "Trust `X-Forwarded-Proto` of the proxy in front.",
    "SECURE_HSTS_SECONDS": "How long browsers remember to use https alone.",
    "API_RATE": "Requests one API key may make.",
    "DROP_RATE": "Orders of drops that one API key may tell, besides those requests.",
    "METRICS_TOKEN": "What a Prometheus server has to show to read `/metrics`.",
    "LOG_LEVEL": "Least level that is logged, as JSON lines.",
    "PORT": "Port that `up` tries first.",
}
# Read elsewhere than in the settings file: name → its default.
ELSEWHERE = {"PORT": "`8000`"}
# Without these the program does not start outside demo mode.
REQUIRED = ("SECRET_KEY", "EMAIL_URL")

DROP_STATES = {
    "planned": "Wished for; nothing is reserved.",
    "reserved": "Dock, slots and picks of all its legs are booked.",
    "announced": "Its goods are announced at every node it is sent from.",
    "received": "Its goods are in; it opens at its time.",
    "live": "Open for sale.",
    "sold_out": "Nothing is left to sell.",
    "closed": "Over.",
    "settled": "Everything sold is sent, and what was reserved and not used is given back.",
    "cancelled": "Called off; what was reserved is given back.",
}

# What each value of a state means, where its own word does not say it.
STATES: dict[str, dict[str, str]] = {
    "coop.Member.standing": {
        "good": "Everything works.",
        "on_hold": "Invoices are overdue: new orders are taken and wait; what is promised is still sent.",
        "closed": "The member has left.",
    },
    "coop.Application.state": {
        "waiting": "A steward has to decide.",
        "approved": "The member and its owner exist.",
        "declined": "With a note to the applicant.",
    },
    "coop.Job.state": {
        "preview": "A file is read; a person looks at what would happen.",
        "waiting": "Handed to the worker.",
        "running": "Under way; can be cancelled.",
        "done": "Finished; the page says what failed.",
        "failed": "Stopped by an error; nothing half done is left.",
        "cancelled": "Stopped by a person; the page says what was done before.",
    },
    "coop.OutboxMessage.state": {
        "pending": "Will be delivered, or tried again.",
        "sent": "The other side has taken it.",
        "failed": "Given up; a person decides.",
    },
    "fulfillment.Booking.state": {
        "held": "Kept until its end and not a second longer; an offer of the waiting list is one, too.",
        "booked": "The slots are taken on each of its days.",
        "released": "Given back, or taken back by the node, before it began.",
        "expired": "The hold ran out; its slots are somebody else's to take.",
    },
    "fulfillment.WaitlistEntry.state": {
        "waiting": "What comes free is offered in the order of joining, all days or none.",
        "offered": "Held for this member for a day, at most until the first day begins.",
        "taken": "The offer was booked.",
        "lapsed": "The offer was not answered in time and went to the next.",
        "withdrawn": "Left the list, or passed the offer on.",
        "over": "The days came before anything was free.",
    },
    "fulfillment.Drop.state": DROP_STATES,
    "fulfillment.DropStep.state": DROP_STATES,
    "fulfillment.Asn.state": {
        "announced": "On its way to the node.",
        "receiving": "The first pieces are booked in.",
        "closed": "All counted in; differences are on record.",
        "cancelled": "Will not come.",
    },
    "fulfillment.CountTask.state": {
        "open": "Somebody should count this bin.",
        "done": "Counted; differences are moved.",
    },
    "fulfillment.Order.state": {
        "waiting": "Some pieces are promised by no stock; each line says why.",
        "allocated": "Every piece is promised by stock in a bin.",
        "picking": "In a wave; some pieces are not picked yet.",
        "picked": "Every piece lies at the pack bench.",
        "shipped": "Every parcel has left.",
        "cancelled": "Cancelled before it was picked; its stock is free again.",
    },
    "fulfillment.Allocation.state": {
        "queued": "In its node's one pooled queue.",
        "waved": "On a walk.",
        "picked": "At the pack bench.",
        "shipped": "Has left in a parcel.",
        "freed": "The promise is taken back (cancelled, or the pick was short).",
    },
    "fulfillment.Shipment.state": {
        "packing": "On the bench, steps are being confirmed.",
        "packed": "Closed, weighed, waiting for its carrier.",
        "shipped": "Handed over.",
    },
    "fulfillment.Wave.state": {"released": "Being walked.", "done": "Every stop is picked or short."},
    "fulfillment.Batch.state": {
        "open": "Waits for a picker.",
        "walking": "A picker walks it.",
        "done": "Every stop is picked or short.",
    },
    "fulfillment.PickTask.state": {
        "open": "To be picked.",
        "picked": "Picked in full.",
        "short": "Less was there than the books said; a count is asked for.",
    },
    "billing.Invoice.state": {
        "draft": "Can be thrown away and drawn again.",
        "issued": "Numbered and frozen; it never changes.",
    },
    "billing.Invoice.collection": {
        "none": "Stripe has not been asked yet.",
        "pushing": "On its way to Stripe.",
        "open": "The member can pay.",
        "processing": "A payment is under way.",
        "paid": "Payments make up the whole amount.",
        "failed": "The last try to pay failed.",
        "void": "Void at Stripe.",
        "attention": "Stripe and we differ; a person decides.",
    },
    "billing.StripeEvent.state": {
        "stored": "Signed, stored, answered; to be applied.",
        "applied": "Its invoice was read from Stripe and taken over.",
        "ignored": "About nothing of ours.",
        "failed": "Could not be applied; a person decides.",
    },
}

# The same for kinds whose words do not say all.
KINDS: dict[str, dict[str, str]] = {
    "fulfillment.SlotPool.kind": {
        "shelf": "Room on shelves of one storage class; there every day.",
        "dock": "A window at the dock, as many as there are doors; on days on which the node works.",
        "picks": "Pieces that are picked on a day; on days on which the node works.",
        "table": "Tables for pop-ups; on days on which the node works.",
        "assortment": "How many SKUs the node's tier lets it hold; taken along by shelf slots, never booked alone.",
    },
    "fulfillment.Activity.kind": {
        "receive": "Pieces counted in at the dock.",
        "putaway": "Moves from the dock to a shelf.",
        "storage": "Shelf slots booked, each day.",
        "pick": "Pieces picked for an order line.",
        "pack": "Parcels packed.",
        "carton": "Cartons used.",
        "ship": "Parcels handed to a carrier.",
        "count": "Bins counted on request.",
        "dock": "Dock appointments that somebody came to.",
        "table": "Tables in use, each day.",
        "cancel": "Shelf slots given back later than the terms allow, each day's share.",
        "no_show": "Dock appointments and tables nobody came to by the end of the last day, or given back too late.",
        "overrun": "Slots that goods take beyond those booked, once a day.",
        "idle": "Picks booked and not used by the end of the day, or given back too late.",
    },
    "fulfillment.BookingGroup.kind": {
        "series": "The same slots again and again, booked in one act.",
        "drop": "What a leg of a drop has reserved.",
    },
    "fulfillment.Drop.on_shortfall": {
        "slip": "At the cutoff the late legs move to the next run with room, and the opening with them.",
        "shrink": "At the cutoff it goes on with what has come; if nothing has, it slips.",
    },
    "fulfillment.Drop.fairness": {
        "first_come": "In the order of the sales, each as far as it lasts.",
        "one_each": "A piece of each SKU to each buyer in turn, then a second.",
        "lottery": "The order of buyers is drawn from the SHA-256 of the drop and the buyer; then as first come.",
    },
}


def pages() -> dict[Path, str]:
    """Every generated page by its file, with the text it must have."""
    folder = ROOT / "docs" / "reference"
    return {
        folder / "settings.md": settings_page(),
        folder / "states.md": states_page(),
        folder / "imports.md": imports_page(),
        folder / "api.md": api_page(),
        ROOT / "README.md": readme(),
    }


def table(headers: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines: list[Iterable[object]] = [headers, ["---"] * len(headers), *rows]
    return (
        "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


def read_settings() -> dict[str, str]:
    """Every environment variable that the settings file reads, with its default as it stands there."""
    found: dict[str, str] = {}
    tree = ast.parse((ROOT / "coop" / "settings.py").read_text())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        asks = isinstance(node.func.value, ast.Name) and node.func.value.id == "env"
        if asks and node.args and isinstance(node.args[0], ast.Constant):
            name = str(node.args[0].value)
            default = next((k.value for k in node.keywords if k.arg == "default"), None)
            told = "" if default is None else _told(default)
            found[name] = told.replace("else empty", "else must be set") if name in REQUIRED else told
    return found | ELSEWHERE


def _told(default: ast.expr) -> str:
    """A default in words: a constant as it is written, what is computed by its own expression."""
    if isinstance(default, ast.Name) and default.id == "_STANDIN_KEY":
        return "the stand-in's"
    if isinstance(default, ast.Constant):
        return "" if default.value == "" else f"`{default.value!s}`"
    if isinstance(default, ast.IfExp) and ast.unparse(default.test) == "DEMO":
        return f"demo: {_told(default.body) or 'empty'}; else {_told(default.orelse) or 'empty'}"
    special = {
        "EMBEDDED": "on without `DATABASE_URL`",
        "HTTPS and (not DEMO)": "on outside demo mode, when `SITE_URL` is https",
        "31536000 if HTTPS and (not DEMO) else 0": "a year outside demo mode, when `SITE_URL` is https; else 0",
        "str(BASE_DIR / 'var')": "`var/` beside the program",
        "[SITE_URL]": "`SITE_URL`",
        "f'file://{MEDIA_ROOT}'": "`media/` in `COMMONSHELF_VAR`",
    }
    text = ast.unparse(default)
    if "servers." in text:
        return "the bundled server"
    if "demo-only" in text:
        return "a known one"
    if "urlparse(SITE_URL)" in text:
        return "localhost and the host of `SITE_URL`"
    if text.startswith("STRIPE_STANDIN_URL if"):
        return "the stand-in, while no real key is set"
    return special.get(text, f"`{text}`")


def settings_page() -> str:
    return (
        "# Settings\n\n"
        + NOTE
        + "Everything is set by the environment. A name with `_FILE` behind it names a file to read the value "
        "from. What is missing and needed stops the program with a sentence that says so.\n\n"
        + settings_table()
    )


def settings_table() -> str:
    defaults = read_settings()
    rows = ((f"`{name}`", defaults[name], SETTINGS[name]) for name in SETTINGS)
    return table(("Name", "Default", "What it is for"), rows)


def state_fields() -> dict[str, list[tuple[str, str]]]:
    """Every field of ours that holds a state, as "app.Model.field", with its values and words."""
    return {
        f"{model._meta.label}.{field.name}": [(str(value), str(word)) for value, word in field.choices]
        for model in apps.get_models()
        if model._meta.app_label in {"coop", "fulfillment", "billing"} and not _is_history(model)
        for field in model._meta.concrete_fields
        if field.choices and field.name in {"state", "standing", "collection"}
    }


def choice_fields() -> dict[str, list[tuple[str, str]]]:
    """Every other field of ours with fixed values."""
    return {
        f"{model._meta.label}.{field.name}": [(str(value), str(word)) for value, word in field.choices]
        for model in apps.get_models()
        if model._meta.app_label in {"coop", "fulfillment", "billing"} and not _is_history(model)
        for field in model._meta.concrete_fields
        if field.choices and f"{model._meta.label}.{field.name}" not in state_fields()
    }


def _is_history(model: Any) -> bool:
    return any(field.name.startswith("pgh_") for field in model._meta.concrete_fields)


def states_page() -> str:
    parts = [
        "# States and kinds\n",
        NOTE.strip(),
        "\nWhat each state means. The same words stand on the screens.\n",
    ]
    kinds = choice_fields()
    explained = {name: kinds[name] for name in KINDS}
    for name, values in (state_fields() | explained).items():
        _, model, field = name.split(".")
        parts.append(f"\n## {model}: {field}\n")
        meaning = (STATES | KINDS).get(name, {})
        parts.append(
            table(
                ("Value", "On screen", "Means"), ((f"`{v}`", word, meaning.get(v, "")) for v, word in values)
            )
        )
    parts.append("\n## Other kinds\n")
    rows = (
        (f"{name.split('.', 1)[1]}", _values(values, explained))
        for name, values in kinds.items()
        if name not in KINDS
    )
    parts.append(table(("Field", "Values"), rows))
    return "\n".join(parts)


def _values(values: list[tuple[str, str]], explained: dict[str, list[tuple[str, str]]]) -> str:
    """The values, or where the same ones are explained."""
    for name, known in explained.items():
        if values == known:
            _, model, field = name.split(".")
            return f"as [{model}: {field}](#{model.lower()}-{field})"
    return ", ".join(f"`{value}`" for value, _ in values)


def imports_page() -> str:
    """Columns of the product sheet, of Shopify's export and of orders, from the importers' own tables."""
    shop = (
        (f"`{names[0]}`", ", ".join(f"`{n}`" for n in names[1:]) or "-", _SHOPIFY[ours])
        for ours, names in shopify._COLUMNS.items()
    )
    orders = (
        (words, "yes" if needed else "", ", ".join(f"`{h}`" for h in mapping._HEADERS[name][:6]))
        for name, (words, needed) in mapping.FIELDS.items()
    )
    dates = ((key, example) for key, (example, _) in mapping.DATE_FORMATS.items())
    return "\n".join(
        [
            "# Columns of imports\n",
            NOTE.strip(),
            "\nCSV or XLSX. Delimiter and encoding are found by content. Errors name the row as your spreadsheet shows it, the "
            "column and what to do; products go in all or none, each order goes in whole or not at all. The same file again "
            "changes nothing.\n",
            "## Products: our own sheet\n",
            table(
                ("Column", "What it says", "Example"),
                ((f"`{c}`", says, f"`{one}`" if one else "") for c, _, says, one, _ in sheet.COLUMNS),
            ),
            "\n## Products: a Shopify export\n",
            "Known by its columns. Capitals do not matter. Measures are not in it: the import asks for defaults.\n",
            table(("Column", "Also written", "Becomes"), shop),
            "\nColumns that Shopify has and we leave alone: "
            + ", ".join(sorted(c.strip() for c in shopify._LEFT_ALONE if c.strip()))
            + ".\n",
            "\n## Orders\n",
            "Any file: a mapping says which column means what and is saved for the next time. These headers are guessed; more are known.\n",
            table(("Our field", "Needed", "Headers it is guessed from, best first"), orders),
            "\nWhat may be the same for the whole file instead of a column: "
            + ", ".join(mapping.FIELDS[name][0] for name in mapping.CONSTANT_FIELDS)
            + ".\n",
            "\nDates are read as one of these, guessed from the first rows:\n",
            table(("Format", "Example"), dates),
            "\nA mapping as a file, for `manage.py import_orders --mapping`:\n",
            '```json\n{"columns": {"number": "Order ID", "sku": "SKU"}, "options": {"date_format": "dmy", "country": "DE"}}\n```\n',
        ]
    )


_SHOPIFY = {
    "handle": "the product its rows belong to",
    "title": "title, with the options behind it",
    "sku": "code; made from handle and options when empty",
    "grams": "weight in g; 0 counts as not weighed",
    "price": "value, in the member's currency",
    "barcode": "GTIN, if its check digit is right",
    "ships": "variants that need no shipping are left out",
    "gift_card": "gift cards are left out",
    "option1": "title and code",
    "option2": "title and code",
    "option3": "title and code",
}


def api_page() -> str:
    generator: Any = SchemaGenerator
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    parts = [
        "# API\n",
        NOTE.strip(),
        "\nREST and JSON under `/api/v1/`. One key belongs to one member: `Authorization: Bearer <key>`, made under *Team & "
        "settings*, *API keys* in the portal and shown once. The machine-readable schema is at `/api/schema/`. An error answers with `code`, `message` and, "
        "where a field is meant, `field`. Lists are paged: follow `next`.\n",
    ]
    for path, methods in schema["paths"].items():
        for method, what in methods.items():
            parts.append(f"\n## {method.upper()} {path}\n")
            summary, more = what.get("summary", ""), what.get("description", "").strip()
            parts.append(f"{summary or more}\n")
            # One sentence says no more than the summary does.
            if summary and more.count(". "):
                parts.append(f"{more}\n")
            parts += list(_operation(what))
    parts.append("\n## Bodies\n")
    for name, body in schema["components"]["schemas"].items():
        if body.get("properties"):
            parts.append(f"\n### {name}\n")
            needed = set(body.get("required", []))
            rows = (
                (f"`{p}`", _type(spec), "yes" if p in needed else "", spec.get("description", ""))
                for p, spec in body["properties"].items()
            )
            parts.append(table(("Field", "Type", "Always there", "What it says"), rows))
    return "\n".join(parts)


def _operation(what: dict[str, Any]) -> Iterator[str]:
    if what.get("parameters"):
        rows = ((f"`{p['name']}`", p["in"], p.get("description", "")) for p in what["parameters"])
        yield table(("Parameter", "In", "What it does"), rows)
    body = what.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        yield f"\nBody: {_type(body)}\n"
    answers = (
        (
            code,
            _type(answer.get("content", {}).get("application/json", {}).get("schema", {})),
            answer.get("description", ""),
        )
        for code, answer in what["responses"].items()
    )
    yield table(("Answer", "Body", "When"), answers)


def _type(spec: dict[str, Any]) -> str:
    if "$ref" in spec:
        return str(spec["$ref"]).rpartition("/")[2]
    for key in ("oneOf", "allOf", "anyOf"):
        if key in spec:
            return " or ".join(dict.fromkeys(_type(part) for part in spec[key]))
    if spec.get("type") == "array":
        return f"list of {_type(spec['items'])}"
    if spec.get("enum"):
        return "one of " + ", ".join(f"`{v}`" for v in spec["enum"])
    return " ".join(filter(None, [spec.get("type", ""), spec.get("format", "")]))


# --- The README's own tables, between marks ---------------------------------------------------------------------


def readme() -> str:
    text = (ROOT / "README.md").read_text()
    text = _between(text, "settings", settings_table())
    rows = ((login.role, f"`{login.email}`", f"`{PASSWORD}`", f"`{login.sees}`") for login in LOGINS)
    return _between(text, "logins", table(("Who", "E-mail", "Password", "Starts at"), rows))


def _between(text: str, mark: str, content: str) -> str:
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{content}{end}{after}"
