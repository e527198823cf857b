"""The README's own tables, between marks."""

from __future__ import annotations

from lab.demo.cast import LOGINS, PASSWORD
from lab.reference.markdown import ROOT, table
from lab.reference.settings import settings_table


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
