"""What a command lacks when the database refuses it: a sentence, and the command that mends it.

Asked by `manage.py` when a command ends in an error, so it holds for every command, Django's own among them.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from django.db import Error, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from coop.runtime.servers import ServerError

NO_TABLES = "There are no tables in the database yet: `manage.py prepare_database` makes them."
OLD_TABLES = (
    "The tables are those of an earlier version: `manage.py prepare_database` brings them up to date. "
    "Take a backup before."
)
PLAIN_ROLE = (
    "The program's role owns no tables and cannot migrate: `manage.py prepare_database` migrates as the owner "
    "(DATABASE_OWNER_URL) and gives the plain role its rights."
)
NO_SERVER = (
    "PostgreSQL does not answer ({reason}). The bundled one is started by `manage.py up --servers`; where another is "
    "meant, DATABASE_URL says which."
)
_NO_SUCH = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)


def sentence(error: BaseException, command: str) -> str | None:
    """What `command` lacked when it ended in this error and what makes it, or None when the error is another."""
    if isinstance(error, ServerError):
        return str(error)
    behind = list(_chain(error))
    if any(isinstance(one, psycopg.errors.InsufficientPrivilege) for one in behind):
        return PLAIN_ROLE if command == "migrate" else None
    if any(isinstance(one, _NO_SUCH) for one in behind):
        return about_tables()
    if isinstance(error, OperationalError) and not _connected():
        return NO_SERVER.format(reason=str(error).strip().splitlines()[0])
    return None


def about_tables() -> str | None:
    """What `prepare_database` has still to do; None when every table is as this version wants it."""
    owner = connections["owner"]
    try:
        executor = MigrationExecutor(owner)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return None
        return OLD_TABLES if executor.recorder.applied_migrations() else NO_TABLES
    except Error:
        return None
    finally:
        owner.close()


def _connected() -> bool:
    try:
        connections["default"].close()
        connections["default"].ensure_connection()
    except Error:
        return False
    return True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
