"""Operations grouped so that models are rendered once: the same tables, forwards and backwards, in as few groups as is safe."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import connections, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from coop.kernel.together import Together, together


def _made(name: str, *more: tuple[str, models.Field]) -> migrations.CreateModel:
    return migrations.CreateModel(name, fields=[("id", models.BigAutoField(primary_key=True)), *more])


def _shelf() -> migrations.AddField:
    return migrations.AddField(
        "box", "shelf", models.ForeignKey("toy.shelf", on_delete=models.CASCADE, null=True)
    )


def _full() -> migrations.AddConstraint:
    return migrations.AddConstraint(
        "box", models.CheckConstraint(condition=models.Q(pieces__gte=0), name="box_pieces_not_negative")
    )


TOY: list[Operation] = [
    _made("Shelf", ("code", models.TextField())),
    _made("Box", ("pieces", models.IntegerField())),
    _shelf(),
    _full(),
    migrations.AddIndex("box", models.Index(fields=["pieces"], name="box_pieces")),
    migrations.RunSQL("INSERT INTO toy_shelf (code) VALUES ('A-1')", migrations.RunSQL.noop),
    migrations.RemoveConstraint("box", "box_pieces_not_negative"),
    migrations.AlterField("box", "pieces", models.BigIntegerField()),
    migrations.AlterField("box", "pieces", models.BigIntegerField(null=True)),
]


def _sizes(operations: list[Operation]) -> list[int]:
    return [len(one.operations) if isinstance(one, Together) else 1 for one in operations]


def test_what_needs_the_state_in_between_begins_a_group() -> None:
    # Both tables; what is added to one of them; what undoes a part of that; the same column again.
    assert _sizes(together(TOY)) == [2, 4, 2, 1]


def test_what_renames_or_runs_python_stays_alone() -> None:
    rename = migrations.RenameField("box", "pieces", "units")
    run = migrations.RunPython(migrations.RunPython.noop)
    assert _sizes(together([_shelf(), _full(), rename, _shelf(), _full(), run])) == [2, 1, 2, 1]


def _columns(table: str) -> dict[str, tuple[str, str]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        return {name: (kind, null) for name, kind, null in cursor.fetchall()}


def _named(table: str) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s)"
            " UNION SELECT indexname FROM pg_indexes WHERE tablename = %s",
            [table, table],
        )
        return {name for (name,) in cursor.fetchall()}


def _apply(operations: list[Operation]) -> tuple[dict[str, tuple[str, str]], set[str]]:
    """What the table of boxes is after a migration; and that going back leaves nothing of it."""
    migration = migrations.Migration("0001_toy", "toy")
    migration.operations = operations
    with connections["owner"].schema_editor() as editor:
        migration.apply(ProjectState(), editor)
    seen = _columns("toy_box"), _named("toy_box")
    with connections["owner"].schema_editor() as editor:
        migration.unapply(ProjectState(), editor)
    assert not _columns("toy_box")
    assert not _columns("toy_shelf")
    return seen


@pytest.mark.django_db(databases=["default", "owner"])
def test_groups_make_and_unmake_the_same_tables() -> None:
    seen = _apply(together(TOY))
    assert seen == _apply(TOY)
    assert seen[0]["pieces"] == ("bigint", "YES")
    assert "box_pieces" in seen[1]
    assert "box_pieces_not_negative" not in seen[1]


def test_the_house_migrates_in_groups() -> None:
    """Two operations that could be one group are one: a migration written without `together` costs everybody time."""
    ours = [
        m
        for (app, _), m in MigrationLoader(None).disk_migrations.items()
        if app in {"coop", "fulfillment", "billing"}
    ]
    assert ours
    for migration in ours:
        for one, other in pairwise(migration.operations):
            flat = [x for o in (one, other) for x in (o.operations if isinstance(o, Together) else [o])]
            assert len(together(flat)) > 1, f"{migration}: end it with `operations = together(operations)`"
