"""The benchmarks and their sizes in the page of commands, between marks; the rest of that page is written by hand."""

from __future__ import annotations

from lab.benchmarks.registry import registered
from lab.benchmarks.sizes import SIZES
from lab.reference.markdown import ROOT, between, table


def commands_page() -> str:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text()
    text = between(text, "benchmarks", _benchmarks())
    return between(text, "sizes", _sizes())


def _benchmarks() -> str:
    rows = (
        (" ".join(f"`{line}`" for line in one.lines), one.about, "" if one.by_default else "no")
        for one in registered()
    )
    return table(("Line", "What is measured, against what in the same run", "By default"), rows)


def _sizes() -> str:
    registered()
    rows = ((f"`{s.variable}`", f"`{s.default}`", s.about) for _, s in sorted(SIZES.items()))
    return table(("Variable", "Default", "How many"), rows)
