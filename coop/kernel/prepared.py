"""Statements that are run so often that planning them anew each time would cost more than running them.

PostgreSQL keeps a prepared statement for as long as the connection lives. Not behind a pooler that hands a connection
to another client after each transaction: DISABLE_SERVER_SIDE_CURSORS, which Django asks for there, switches it off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_ready: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def array(values: Iterable[object]) -> str:
    """The literal of an array of ids, numbers or days (nothing that needs quotes); cheaper than a list's adaptation."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


class Prepared:
    """One statement with its parameters $1, $2 … of these types."""

    def __init__(self, name: str, types: Sequence[str], sql: str) -> None:
        self.name, self.types, self.sql = name, list(types), sql
        self._execute = f"EXECUTE {name} ({', '.join('%s::' + kind for kind in types)})"

    def run(self, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run it on the current connection, and fetch what it returns."""
        with connection.cursor() as cursor:
            if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
                cursor.execute(*self._unprepared(parameters))
            else:
                self._prepare(cursor)
                cursor.execute(self._execute, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _prepare(self, cursor: Any) -> None:
        ready = _ready.setdefault(connection.connection, set())
        if self.name not in ready:
            # Planned once for all: anew for each set of values takes as long as the statement itself.
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            cursor.execute(f"PREPARE {self.name} ({', '.join(self.types)}) AS {self.sql}")
            ready.add(self.name)

    def _unprepared(self, parameters: Sequence[Any]) -> tuple[str, dict[str, Any]]:
        sql = self.sql
        for n in range(len(self.types), 0, -1):
            sql = sql.replace(f"${n}", f"%(p{n})s::{self.types[n - 1]}")
        return sql, {f"p{n}": value for n, value in enumerate(parameters, 1)}
