"""What the pages are made of: where they lie, the note at their head, and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings

ROOT: Path = settings.BASE_DIR
NOTE = "<!-- Written by `manage.py reference` from the code. Change it there. -->\n\n"


def table(headers: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines: list[Iterable[object]] = [headers, ["---"] * len(headers), *rows]
    return (
        "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


def between(text: str, mark: str, content: str) -> str:
    """The text with `content` between its marks `<!-- mark -->` and `<!-- /mark -->`."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{content}{end}{after}"
