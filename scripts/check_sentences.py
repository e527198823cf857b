"""New sentences for people go through gettext. What was written before is counted in a list that only shrinks.

    scripts/check_sentences.py [ROOT]          compare with scripts/sentences.txt; exits non-zero for more than it allows
    scripts/check_sentences.py --shrink        write the list anew, where there are fewer by now

A sentence, in Python, is a text of three words or more, outside docstrings, logs, SQL and errors for developers; in a
template, a run of words between tags, or a quoted text of two words or more given to a tag. Wrapped in gettext,
translate or blocktranslate it does not count.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FLOORS = ("coop", "fulfillment", "billing")
SKIPPED = {"migrations", "management", "proofs.py", "settings.py"}
WRAPPED = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
}
FOR_DEVELOPERS = {
    "RuntimeError", "TypeError", "ValueError", "ImproperlyConfigured", "LookupError", "NotImplementedError",
    "TransactionManagementError", "AssertionError",
}  # fmt: skip
SENTENCE = re.compile(
    r"[^\W\d_]{2,}[^\w\s]* (?:\S+ )*[^\w\s]*[^\W\d_]+[^\w\s]* (?:\S+ )*[^\w\s]*[^\W\d_]{2,}"
)
SQL = re.compile(
    r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH \w+ AS|CREATE|RAISE EXCEPTION|ORDER BY|IF NEW|SET LOCAL|THEN|JOIN|OVER)\b"
)
LISTED = "scripts/sentences.txt"


def main(arguments: list[str]) -> int:
    """0 when no file has more than the list allows and none has fewer."""
    shrink = "--shrink" in arguments
    root = Path(next((a for a in arguments if not a.startswith("-")), ".")).resolve()
    listed = _read(root / LISTED)
    found = {path: n for path, n in _count(root) if n}
    more = {path: n for path, n in found.items() if n > listed.get(path, 0)}
    fewer = {path: n for path, n in listed.items() if found.get(path, 0) < n}
    if shrink and not more:
        lines = [f"{n}\t{path}" for path, n in sorted(found.items())]
        (root / LISTED).write_text("\n".join(lines) + "\n")
        return 0
    for path, n in sorted(more.items()):
        print(f"{path}: {n} sentences without gettext, {listed.get(path, 0)} are allowed: wrap the new ones")
    for path in sorted(fewer):
        print(f"{path}: fewer than listed; run scripts/check_sentences.py --shrink")
    if not (more or fewer):
        print(f"{sum(found.values())} sentences of before without gettext, none new")
    return 1 if more or fewer else 0


def _read(path: Path) -> dict[str, int]:
    rows = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
    return {name: int(n) for n, name in rows}


def _count(root: Path) -> Iterator[tuple[str, int]]:
    for floor in FLOORS:
        for path in sorted((root / floor).rglob("*.py")):
            if not SKIPPED & set(path.relative_to(root).parts):
                yield str(path.relative_to(root)), sum(1 for _ in in_python(path.read_text()))
    for path in sorted((root / "templates").rglob("*.html")):
        yield str(path.relative_to(root)), sum(1 for _ in in_template(path.read_text()))


def in_python(source: str) -> Iterator[str]:
    """The sentences of a module that are not wrapped."""
    tree = ast.parse(source)
    yield from _sentences(tree)


def _sentences(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and _name(node.func) in WRAPPED:
        return
    if isinstance(node, ast.Call) and (
        _name(node.func) in FOR_DEVELOPERS or ast.unparse(node.func).startswith("log.")
    ):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.JoinedStr | ast.Constant):
        text = _text(node)
        if SENTENCE.search(text) and not SQL.search(text):
            yield text
        return
    for child in ast.iter_child_nodes(node):
        yield from _sentences(child)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _text(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)


def in_template(source: str) -> Iterator[str]:
    """The sentences of a template that are not wrapped."""
    for gone in (
        r"{#.*?#}",
        r"{% comment.*?endcomment %}",
        r"{% blocktrans(?:late)?\b.*?{% endblocktrans(?:late)? %}",
        r"{% trans(?:late)? .*?%}",
        r"<(style|script|svg)\b.*?</\1>",
    ):
        source = re.sub(gone, " ", source, flags=re.DOTALL)
    for tag in re.findall(r"{%.*?%}", source):
        yield from (
            text for text in re.findall(r'"([^"]*)"', tag) if re.search(r"[^\W\d_]{2,} \S*[^\W\d_]{2,}", text)
        )
    bare = re.sub(r"{[%{].*?[%}]}", "…", source, flags=re.DOTALL)
    for run in re.split(r"<[^>]*>", bare):
        if re.search(r"[^\W\d_]{2,}", run):
            yield " ".join(run.split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
