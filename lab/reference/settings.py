"""The page of settings: what each is for, with the default that the settings file itself has."""

from __future__ import annotations

import ast

from lab.reference.markdown import NOTE, ROOT, table

# Read elsewhere than in the settings file: name → its default, and what it is for.
ELSEWHERE = {"PORT": ("`8000`", "Port that `up` tries first.")}

# Without these the program does not start outside demo mode.
REQUIRED = ("SECRET_KEY", "EMAIL_URL")


def read_settings() -> dict[str, tuple[str, str]]:
    """Every environment variable that the settings file reads, in its order: its default as it stands there, and what it
    is for, which is the `#:` line above. Raises LookupError for one that says nothing."""
    found: dict[int, tuple[str, tuple[str, str]]] = {}
    text = (ROOT / "coop" / "settings.py").read_text()
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        asks = isinstance(node.func.value, ast.Name) and node.func.value.id == "env"
        if asks and node.args and isinstance(node.args[0], ast.Constant):
            name = str(node.args[0].value)
            mark, _, purpose = lines[node.lineno - 2].strip().partition(" ")
            if mark != "#:":
                raise LookupError(f"coop/settings.py:{node.lineno}: say above it what {name} is for (#: …)")
            found[node.lineno] = name, (_default(name, node), purpose)
    return dict(found[line] for line in sorted(found)) | ELSEWHERE


def _default(name: str, call: ast.Call) -> str:
    default = next((k.value for k in call.keywords if k.arg == "default"), None)
    told = "" if default is None else _told(default)
    return told.replace("else empty", "else must be set") if name in REQUIRED else told


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
        "DEMO": "on in demo mode",
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
    rows = ((f"`{name}`", default, purpose) for name, (default, purpose) in read_settings().items())
    return table(("Name", "Default", "What it is for"), rows)
