"""A command that lacks its tables, its rights or its server says so in a sentence, and which command mends it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

import manage
from coop.runtime import missing

COMMANDS = [
    "audit", "backup {folder}/all.dump", "demo --days 1", "demo --logins", "import_orders {file} --member nobody",
    "import_products {file} --member nobody", "invite_steward", "reconcile", "replay olist {folder}",
]  # fmt: skip
# Those that need no tables, or make them themselves.
OTHERS = {"bench", "prepare_database", "reference", "restore", "screenshots", "up", "solve"}


def _run(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, str]:
    """What `manage.py` ends with, and what it says on standard error."""
    monkeypatch.setattr(sys, "argv", ["manage.py", *words.split()])
    try:
        manage.main()
    except SystemExit as end:
        return end.code, capsys.readouterr().err
    return 0, capsys.readouterr().err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("code;title\nMUG;Mug\n")
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_without_tables_a_command_says_which_one_makes_them(
    command: str,
    bare_db: str,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = _run(command.format(folder=file.parent, file=file), monkeypatch, capsys)
    assert (code, said.removeprefix("CommandError: ").strip()) == (2, missing.NO_TABLES)
    assert [path.name for path in file.parent.iterdir()] == [file.name], "nothing was written"


def test_every_command_of_ours_is_looked_at() -> None:
    root = Path(manage.__file__).parent
    ours = {path.stem for path in root.glob("*/management/commands/*.py")} - {"__init__"}
    assert ours - OTHERS == {command.split()[0] for command in COMMANDS}


def test_the_plain_role_is_sent_to_the_command_that_migrates_as_the_owner(
    bare_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _run("migrate --verbosity 0", monkeypatch, capsys)
    assert (code, said.strip()) == (2, missing.PLAIN_ROLE)


def test_tables_of_an_earlier_version_are_told_from_none(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert missing.about_tables() is None
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE coop_member RENAME COLUMN slug TO handle")
    with pytest.raises(Exception, match="slug"):  # all is migrated: a bug, which keeps its trace
        _run("import_products - --member nobody", monkeypatch, capsys)
    last = MigrationRecorder(connections["owner"]).migration_qs.filter(app="billing").order_by("-name")[0]
    last.delete(using="owner")
    code, said = _run("import_products - --member nobody", monkeypatch, capsys)
    assert (code, said.strip()) == (2, missing.OLD_TABLES)


def test_who_wants_the_trace_gets_it(
    bare_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Exception, match="does not exist"):
        _run("audit --traceback", monkeypatch, capsys)


def test_a_server_that_does_not_answer_is_named(
    bare_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    default = connections["default"]
    default.close()
    monkeypatch.setitem(default.settings_dict["OPTIONS"], "host", str(tmp_path))
    code, said = _run("audit", monkeypatch, capsys)
    assert code == 2
    assert said.startswith("PostgreSQL does not answer (")
    assert "`manage.py up --servers`" in said
    assert said.count("\n") == 1
    default.close()
