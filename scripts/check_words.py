"""One word, one meaning: the words of docs/concepts/words.md, held against the names in the code.

    scripts/check_words.py [ROOT]         exits non-zero for a name that scripts/words.txt does not list
    scripts/check_words.py --shrink       write the list anew, where there are fewer by now

Two things are looked at, in the names of modules, classes and functions: a guarded word outside the rooms that its row
of the table names, and a class of the same name in two rooms.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

FLOORS = ("coop", "fulfillment", "billing")
WORDS, LISTED = "docs/concepts/words.md", "scripts/words.txt"
# Furniture: every room has one, and says so by its name.
FURNITURE = {"Meta", "State", "Kind", "Command", "Reason"}
ROW = re.compile(r"^\| \*\*(\w+)\*\* \| .* \| (.*) \|$", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """0 when the names are those that are allowed or listed."""
    root = Path(next((a for a in arguments if not a.startswith("-")), ".")).resolve()
    path = root / LISTED
    listed = set(path.read_text().splitlines()) if path.exists() else set()
    found = set(_astray(root)) | set(_twins(root))
    new, gone = sorted(found - listed), sorted(listed - found)
    if "--shrink" in arguments and not new:
        path.write_text("".join(f"{line}\n" for line in sorted(found)))
        return 0
    for line in new:
        print(f"{line}: say it with another word, or see {WORDS}")
    for line in gone:
        print(f"{line}: mended; run scripts/check_words.py --shrink")
    if not (new or gone):
        print(f"{len(found)} names of before are still to be mended, none new")
    return 1 if new or gone else 0


def guarded(root: Path) -> dict[str, tuple[str, ...]]:
    """{"offer": ("fulfillment/capacity/waitlist", …)}: where a word may stand in names, from the table of the docs."""
    rows = ROW.findall((root / WORDS).read_text())
    return {word: tuple(re.findall(r"`([\w/.]+)`", homes)) for word, homes in rows}


def _astray(root: Path) -> Iterator[str]:
    words = guarded(root)
    for path, name in _names(root):
        parts = _parts(name)
        # A function's name begins with its verb: to place an order, to claim a walk.
        for part in parts[1:] if len(parts) > 1 and name[0].islower() else parts:
            word = next((w for w in words if part in (w, f"{w}s", f"{w}ed")), None)
            if word and not path.startswith(words[word]):
                yield f"{path}: {name}"


def _twins(root: Path) -> Iterator[str]:
    rooms: dict[str, set[str]] = defaultdict(set)
    for path, name in _names(root):
        if name[0].isupper() and name not in FURNITURE and not name.endswith(("Form", "QuerySet", "View")):
            rooms[name].add("/".join(path.split("/")[:2]).removesuffix(".py"))
    for name, where in rooms.items():
        if len(where) > 1:
            yield f"{name}: a class in {', '.join(sorted(where))}"


def _names(root: Path) -> Iterator[tuple[str, str]]:
    """(path, name) of every module, class and function, but for views and addresses, whose names are the screens'."""
    for floor in FLOORS:
        for file in sorted((root / floor).rglob("*.py")):
            path = file.relative_to(root)
            if {"migrations", "views", "views.py"} & set(path.parts):
                continue
            yield str(path), path.stem
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                    yield str(path), node.name


def _parts(name: str) -> list[str]:
    """["slot", "pool"] of slot_pool and of SlotPool."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
