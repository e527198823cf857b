"""From a product file to a plan: what would be created, updated, left alone, and what is wrong. No Django here.

An adapter (`shopify.py`, `sheet.py`) turns rows into drafts; `plan_products` settles every draft against what the
member has already and the defaults she chose. The door's preview, the import itself and the command all ask it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from coop.catalog.inputs import FIELDS, Problem, SkuInput, gtin_problem, problems_of
from coop.tables.problems import RowProblem
from coop.tables.values import CellError, parse_money, parse_quantity


class RowLike(Protocol):
    """A row of `coop.tables`."""

    @property
    def number(self) -> int: ...
    @property
    def values(self) -> dict[str, str]: ...
    @property
    def surplus(self) -> tuple[str, ...]: ...


class TableLike(Protocol):
    """A table of `coop.tables`."""

    @property
    def headers(self) -> list[str]: ...
    @property
    def rows(self) -> Sequence[RowLike]: ...


@dataclass(frozen=True, slots=True)
class Defaults:
    """What new SKUs get where the file says nothing. None: nothing was chosen, so a gap is a row's error."""

    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    weight_g: int | None = None
    value_amount: Decimal | None = Decimal("0.00")
    velocity_class: str = "core"
    storage_class: str = "ambient"

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that have no default."""
        return [name for name in names if getattr(self, name, None) is None]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the file: its column's header as written there, and its text."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One SKU as the file has it: raw cells by field; a field that the file does not speak of is not there."""

    row: int
    code: Cell
    cells: Mapping[str, Cell]
    problems: tuple[Problem, ...] = ()
    code_if_unnamed: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A product file as its adapter read it."""

    kind: str
    drafts: list[Draft]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FieldProblem(RowProblem):
    """What is wrong in one row, and whether it is a gap: a default would fill it."""

    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What would become of one row. `changes` are (field, old, new), empty for new and unchanged ones."""

    row: int
    sku: SkuInput
    action: str  # create, update, unchanged
    changes: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. `gaps`: of how many new SKUs the file does not say which measure, default or not."""

    kind: str
    planned: list[Planned]
    problems: list[FieldProblem]
    notes: list[str]
    gaps: dict[str, int]

    def of(self, action: str) -> list[Planned]:
        """The rows that would be created, updated or left unchanged."""
        return [planned for planned in self.planned if planned.action == action]


def plan_products(
    reading: Reading,
    *,
    known: Mapping[str, SkuInput],
    defaults: Defaults,
    specs: Mapping[str, UUID] | None = None,
) -> Plan:
    """Settle every draft. `known` are the member's SKUs by code, `specs` her packing specs by lower-case name.

    What the file does not say stays as it is for a known SKU and is taken from `defaults` for a new one.
    """
    settler = _Settler(known, defaults, specs or {})
    planned = [settled for draft in reading.drafts if (settled := settler.settle(draft)) is not None]
    settler.check_gtins(planned)
    broken = {problem.row for problem in settler.problems}
    return Plan(
        kind=reading.kind,
        planned=[p for p in planned if p.row not in broken],
        problems=sorted(settler.problems, key=lambda problem: problem.row),
        notes=list(reading.notes),
        gaps=dict(+settler.gaps),
    )


class _Settler:
    """One pass over the drafts, with what it has to remember on the way."""

    def __init__(self, known: Mapping[str, SkuInput], defaults: Defaults, specs: Mapping[str, UUID]) -> None:
        self.known = known
        self.defaults = defaults
        self.specs = specs
        self.problems: list[FieldProblem] = []
        self.gaps: Counter[str] = Counter()
        self._row_of_code: dict[str, int] = {}

    def settle(self, draft: Draft) -> Planned | None:
        problems = [*draft.problems, *self._code_problems(draft)]
        before = self.known.get(draft.code.text)
        values, unread = self._values(draft, before)
        problems += unread
        if problems:
            self._refuse(draft, problems)
            return None
        sku = SkuInput(code=draft.code.text, **values)
        wrong = problems_of(sku)
        if wrong:
            self._refuse(draft, wrong)
            return None
        if before is None:
            return Planned(draft.row, sku, "create")
        changes = differences(before, sku)
        return Planned(draft.row, sku, "update" if changes else "unchanged", changes)

    def check_gtins(self, planned: list[Planned]) -> None:
        """No two SKUs share a GTIN, neither in the file nor with one that the file does not touch."""
        touched = {p.sku.code for p in planned}
        holder = {
            sku.gtin: f"your SKU {code}"
            for code, sku in self.known.items()
            if sku.gtin and code not in touched
        }
        for p in planned:
            if not p.sku.gtin:
                continue
            other = holder.setdefault(p.sku.gtin, f"row {p.row}")
            if other != f"row {p.row}":
                problem = f"This GTIN is that of {other} already."
                self.problems.append(
                    FieldProblem(
                        p.row,
                        "gtin",
                        p.sku.gtin,
                        problem,
                        "Each SKU has a GTIN of its own: correct or clear it.",
                    )
                )

    def _refuse(self, draft: Draft, problems: Iterable[Problem]) -> None:
        for problem in problems:
            cell = draft.code if problem.field == "code" else draft.cells.get(problem.field)
            column = cell.column if cell is not None else problem.field
            gap = problem.field in _HAVE_DEFAULTS and not problem.value
            self.problems.append(
                FieldProblem(draft.row, column, problem.value, problem.problem, problem.remedy, gap)
            )

    def _code_problems(self, draft: Draft) -> list[Problem]:
        code = draft.code.text
        if not code:
            return [Problem("code", "", "The code is missing.", "Give each SKU a code of its own.")]
        first = self._row_of_code.setdefault(code, draft.row)
        if first != draft.row:
            return [
                Problem(
                    "code", code, f"Row {first} has this code already.", "Give each SKU a code of its own."
                )
            ]
        renamed = draft.code_if_unnamed
        if renamed and renamed != code and code not in self.known and renamed in self.known:
            return [
                Problem(
                    "code",
                    code,
                    f"You have this variant already, under the code {renamed}.",
                    f"Change the code of {renamed} to {code} here first, so that its stock stays with it.",
                )
            ]
        return []

    def _values(self, draft: Draft, before: SkuInput | None) -> tuple[dict[str, Any], list[Problem]]:
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for name in FIELDS:
            cell = draft.cells.get(name)
            if cell is not None and cell.text:
                try:
                    values[name] = _READ[name](cell.text, self.specs)
                except CellError as error:
                    problems.append(Problem(name, cell.text, error.problem, error.remedy))
            elif before is not None:
                values[name] = getattr(before, name)
            elif name in _HAVE_DEFAULTS:
                default = getattr(self.defaults, name)
                self.gaps[name] += name in _SPOKEN
                if default is None:
                    problems.append(
                        Problem(
                            name,
                            "",
                            f"{_SPOKEN[name]} is missing.",
                            "Choose a default for it, or fill it in.",
                        )
                    )
                values[name] = default
            elif name == "title":
                values[name] = ""
        return values, problems


def differences(before: SkuInput, after: SkuInput) -> tuple[tuple[str, Any, Any], ...]:
    """The fields in which two inputs differ: (field, old, new)."""
    return tuple(
        (name, getattr(before, name), getattr(after, name))
        for name in FIELDS
        if getattr(before, name) != getattr(after, name)
    )


def parse_defaults(texts: Mapping[str, str]) -> Defaults:
    """Defaults from texts by field name (a command line, stored options). Raises CellError naming the field."""
    values: dict[str, Any] = {}
    known = {f.name for f in fields(Defaults)}
    for name, text in texts.items():
        if name not in known:
            raise CellError(f"{name} has no default.", f"Defaults are {', '.join(sorted(known))}.")
        if text == "":
            continue
        try:
            values[name] = _READ[name](str(text), {})
        except CellError as error:
            raise CellError(f"{name}: {error.problem}", error.remedy) from error
    return replace(Defaults(), **values)


def _spec(text: str, specs: Mapping[str, UUID]) -> UUID:
    found = specs.get(text.casefold())
    if found is None:
        raise CellError(
            "You have no packing spec of this name.", "Write it as in the list of specs, or clear it."
        )
    return found


def _flag(text: str) -> bool:
    if text.casefold() in ("true", "yes", "y", "1", "active", "ja"):
        return True
    if text.casefold() in ("false", "no", "n", "0", "inactive", "nein"):
        return False
    raise CellError("This is neither yes nor no.", "Write yes or no.")


def _gtin(text: str) -> str:
    gtin = text.lstrip("'").replace(" ", "").replace("-", "")
    wrong = gtin_problem(gtin)
    if wrong is not None:
        raise CellError(wrong.problem, wrong.remedy)
    return gtin


_READ: dict[str, Callable[[str, Mapping[str, UUID]], Any]] = {
    "title": lambda text, _: " ".join(text.split()),
    "gtin": lambda text, _: _gtin(text),
    "length_mm": lambda text, _: parse_quantity(text, least=1),
    "width_mm": lambda text, _: parse_quantity(text, least=1),
    "height_mm": lambda text, _: parse_quantity(text, least=1),
    "weight_g": lambda text, _: parse_quantity(text, least=1),
    "value_amount": lambda text, _: parse_money(text),
    "velocity_class": lambda text, _: text.casefold(),
    "storage_class": lambda text, _: text.casefold(),
    "packing_spec_id": _spec,
    "is_active": lambda text, _: _flag(text),
}
_HAVE_DEFAULTS = frozenset(f.name for f in fields(Defaults))
_SPOKEN = {
    "length_mm": "The length",
    "width_mm": "The width",
    "height_mm": "The height",
    "weight_g": "The weight",
    "value_amount": "The value",
}
