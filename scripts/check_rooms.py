"""What import tools cannot see: every foreign key, table, task and outbox topic that a room names is its own or lies below.

    scripts/check_rooms.py [ROOT]

Reads the source only (no Django, no database), takes the order of floors and rooms from the import contracts in
`pyproject.toml`, names each line that looks up, and exits non-zero. Five things are looked at:

- a foreign key to a model of a room above, given by name or by string;
- a table of a room above, named in a string (raw SQL);
- a table of any other room that is written in raw SQL or through a manager: a room writes its own tables only;
- a Celery task of a room above, named in a string;
- an outbox topic that a room above delivers.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Ledgers of the floor below are written by those who do the work, through the owner's service; never by SQL of theirs.
WRITES = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE)\s+\"?((?:coop|fulfillment|billing)_[a-z]+)", re.I
)
TABLE = re.compile(r"\b(?:coop|fulfillment|billing)_[a-z]+\b")
WRITE_METHODS = {
    "create",
    "bulk_create",
    "update",
    "bulk_update",
    "delete",
    "get_or_create",
    "update_or_create",
}
FOREIGN = {"ForeignKey", "OneToOneField", "ManyToManyField"}
SKIPPED = {"migrations", "templates", "static"}


@dataclass
class House:
    """Who stands where (`rank`: the higher, the further up) and what belongs to whom, by the names in the source."""

    rank: dict[str, int] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One file: the room it stands in, and its syntax tree."""

    path: str
    room: str
    tree: ast.Module


def main(root: Path) -> int:
    """Print what looks up; 1 when anything does."""
    house = House(rank=_ranks(root))
    sources = list(_sources(root, house))
    _learn(house, sources)
    found = sorted(line for source in sources for line in _look(source, house))
    print("\n".join(found) or f"{len(sources)} files of {len(house.rank)} rooms: nothing looks up")
    return 1 if found else 0


def _ranks(root: Path) -> dict[str, int]:
    """{"coop.kernel": 0, …, "billing.payments": 27} from the contracts of type layers."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [contract for contract in contracts if contract["type"] == "layers"]
    [floors] = [contract["layers"] for contract in layers if "containers" not in contract]
    stacks = {
        contract["containers"][0]: contract["layers"] for contract in layers if "containers" in contract
    }
    ranks: dict[str, int] = {}
    for floor in reversed(floors):
        for layer in reversed(stacks.get(floor, [])):
            height = len(set(ranks.values()))
            ranks |= {f"{floor}.{room.strip(' ()')}": height for room in layer.split("|")}
    return ranks


def _sources(root: Path, house: House) -> Iterator[Source]:
    for floor in sorted({room.split(".")[0] for room in house.rank}):
        for path in sorted((root / floor).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            room = ".".join(parts[:2])
            if not SKIPPED & set(parts) and room in house.rank:
                yield Source(str(path.relative_to(root)), room, ast.parse(path.read_text()))


def _learn(house: House, sources: list[Source]) -> None:
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and "models" in source.path and _is_model(node):
                house.models[node.name] = source.room
                house.tables[_table(node, source)] = source.room
            if isinstance(node, ast.FunctionDef):
                for name, topic in _registered(node):
                    (house.topics if topic else house.tasks)[name] = source.room


def _table(node: ast.ClassDef, source: Source) -> str:
    """The name that Django gives a table, or the one that the model's Meta says."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == "db_table":
            return str(ast.literal_eval(inner.value))
    return f"{source.room.split('.')[0]}_{node.name.lower()}"


def _is_model(node: ast.ClassDef) -> bool:
    bases = {ast.unparse(base) for base in node.bases}
    return bool(bases & {"models.Model", "AbstractBaseUser", "PermissionsMixin"})


def _registered(function: ast.FunctionDef) -> Iterator[tuple[str, bool]]:
    """(name, whether it is an outbox topic) of a task's or handler's decorators."""
    for call in function.decorator_list:
        if not isinstance(call, ast.Call):
            continue
        what = ast.unparse(call.func).split(".")[-1]
        named = (
            [k.value for k in call.keywords if k.arg == "name"] if what == "shared_task" else call.args[:1]
        )
        if (
            what in {"shared_task", "scheduled", "handler", "heard"}
            and named
            and isinstance(named[0], ast.Constant)
        ):
            yield str(named[0].value), what in {"handler", "heard"}


def _look(source: Source, house: House) -> Iterator[str]:
    here = house.rank[source.room]

    def above(room: str) -> bool:
        return house.rank[room] > here

    documentation = _docstrings(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield from _foreign_key(source, node, house, above)
            yield from _written(source, node, house)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation:
            yield from _named(source, node, house, above)


def _foreign_key(source: Source, call: ast.Call, house: House, above: Callable[[str], bool]) -> Iterator[str]:
    if ast.unparse(call.func).split(".")[-1] not in FOREIGN or not call.args:
        return
    to = call.args[0]
    name = str(to.value) if isinstance(to, ast.Constant) else ast.unparse(to)
    room = house.models.get(name.split(".")[-1])
    if room and above(room):
        yield f"{source.path}:{call.lineno}: a foreign key of {source.room} to {name}, which is {room}'s, above it"


def _written(source: Source, call: ast.Call, house: House) -> Iterator[str]:
    """`Order.objects.filter(…).update(…)` in a room that is not the order's."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITE_METHODS:
        return
    chain = ast.unparse(call.func.value)
    found = re.match(r"(\w+)\.(?:objects|_default_manager)\b", chain)
    room = house.models.get(found[1]) if found else None
    if room and room != source.room:
        yield f"{source.path}:{call.lineno}: {source.room} writes {found[1] if found else ''}, a table of {room}"


def _named(source: Source, text: ast.Constant, house: House, above: Callable[[str], bool]) -> Iterator[str]:
    value, where = str(text.value), f"{source.path}:{text.lineno}: {source.room} names"
    for table in sorted(set(TABLE.findall(value)) & set(house.tables)):
        if above(house.tables[table]):
            yield f"{where} the table {table} of {house.tables[table]}, above it"
    for table in sorted({name.lower() for name in WRITES.findall(value)} & set(house.tables)):
        if house.tables[table] != source.room:
            yield f"{source.path}:{text.lineno}: {source.room} writes {table}, a table of {house.tables[table]}"
    for kind, owners in (("task", house.tasks), ("topic", house.topics)):
        if value in owners and above(owners[value]):
            yield f"{where} the {kind} {value} of {owners[value]}, above it"


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
