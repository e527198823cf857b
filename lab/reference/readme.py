"""The README's own tables, between marks."""

from __future__ import annotations

from lab.demo.cast import LOGINS, PASSWORD
from lab.reference.markdown import ROOT, between, table
from lab.reference.settings import settings_table


def readme() -> str:
    text = (ROOT / "README.md").read_text()
    text = between(text, "settings", settings_table())
    rows = ((login.role, f"`{login.email}`", f"`{PASSWORD}`", f"`{login.sees}`") for login in LOGINS)
    return between(text, "logins", table(("Who", "E-mail", "Password", "Starts at"), rows))
