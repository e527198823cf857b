"""The page of settings: what each is for, with the default that the settings file itself has."""

from __future__ import annotations

import ast

from lab.reference.markdown import NOTE, ROOT, table

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
