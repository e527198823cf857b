"""No two modules of the lab import each other, not even through a third, inside a function or for a type alone."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _imports(folder: Path, package: str) -> dict[str, set[str]]:
    """What each module of a package imports of that package, itself left out."""
    files = {_dotted(folder, path, package): path for path in folder.rglob("*.py")}
    return {
        name: {found for found in _named(ast.parse(path.read_text())) if found in files} - {name}
        for name, path in files.items()
    }


def _dotted(folder: Path, path: Path, package: str) -> str:
    return ".".join([package, *path.relative_to(folder).with_suffix("").parts]).removesuffix(".__init__")


def _named(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # What is imported may be a module of its own, or something inside of the one that is named.
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _circle(graph: dict[str, set[str]]) -> list[str] | None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return None


def _without_packages(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Packages themselves left out: one that gathers its modules is named on the way to each of them."""
    packages = {name.rpartition(".")[0] for name in graph}
    return {name: found - packages for name, found in graph.items() if name not in packages}


def test_the_lab_has_no_circle_of_imports() -> None:
    assert _circle(_without_packages(_imports(ROOT / "lab", "lab"))) is None


def test_a_circle_is_found_wherever_the_import_stands(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def late():\n    from room import two\n")
    (tmp_path / "two.py").write_text("if TYPE_CHECKING:\n    from room.one import late\n")
    assert _circle(_imports(tmp_path, "room")) is not None
