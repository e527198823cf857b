"""Migrations that render the models once a group of operations, not once an operation.

Django renders, after each operation, every model that the touched one is related to, and in a house whose rows all belong
to some member that is most of them: migrating from nothing spent nine tenths of its time on it. Operations of one group are
applied to the state in one go; each then changes the database as ever, in its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

_FIELDS = (ops.AddField, ops.AlterField, ops.RemoveField)
_ADDED: dict[type[Any], str] = {ops.AddIndex: "index", ops.AddConstraint: "constraint", AddTrigger: "trigger"}
_REMOVED = (ops.RemoveIndex, ops.RemoveConstraint, RemoveTrigger)
# Every other kind looks at more than the one model it names, or renames it, and stays by itself.
_JOINED = (ops.CreateModel, *_FIELDS, *_ADDED, *_REMOVED, ops.AlterModelOptions, ops.RunSQL)


class Together(Operation):
    """Operations of which none needs the state between two of them; `together` puts them so.

    Raises what the operations raise. Read backwards, each is undone from the last to the first.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations
        self.reversible = all(one.reversible for one in operations)  # type: ignore[misc]  # each has its own, says Django

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Forget what was rendered: it is rendered anew, once, when the first operation asks for a model."""
        state.__dict__.pop("apps", None)
        for one in self.operations:
            one.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for one in self.operations:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for one in reversed(self.operations):
            one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(one.describe() for one in self.operations)


def together(operations: Iterable[Operation]) -> list[Operation]:
    """A migration's operations in as few groups as their order allows.

    A table is made as its model is at the end of the group, and what is removed is what was there before it: so what is
    done to a table that the group makes, or a second time to the same part of one, begins the next.
    """
    groups: list[list[Operation]] = []
    made: set[tuple[str, str]] = set()
    alone = True
    for one in operations:
        joins = isinstance(one, _JOINED)
        part = _part(one)
        if alone or not joins or part in made or (part[0], "") in made:
            groups.append([])
            made = set()
        groups[-1].append(one)
        made |= {part} if all(part) or isinstance(one, ops.CreateModel) else set()
        alone = not joins
    return [Together(group) if len(group) > 1 else group[0] for group in groups]


def _part(one: Operation) -> tuple[str, str]:
    """The model and the part of it that an operation changes; no part when it is the whole, no model when it is none."""
    if isinstance(one, ops.CreateModel):
        return one.name_lower, ""
    if isinstance(one, _FIELDS):
        return one.model_name_lower, one.name_lower
    if isinstance(one, _REMOVED):
        return one.model_name_lower, one.name
    for kind, what in _ADDED.items():
        if isinstance(one, kind):
            return one.model_name.lower(), getattr(one, what).name
    return (one.name_lower, "") if isinstance(one, ops.AlterModelOptions) else ("", "")
