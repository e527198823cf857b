"""What the stand-in remembers: JSON objects in SQLite, in memory or in a file that outlives a kill."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lab.stripe_standin.constants import Json

_SPANS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_customer ON objects (kind, json_extract(body, '$.customer'));
CREATE INDEX IF NOT EXISTS objects_invoice ON objects (kind, json_extract(body, '$.invoice'));
CREATE INDEX IF NOT EXISTS objects_number ON objects (kind, json_extract(body, '$.number'));
CREATE INDEX IF NOT EXISTS objects_token ON objects (kind, json_extract(body, '$._token'));
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, used_at INTEGER NOT NULL, request TEXT NOT NULL, params TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, request_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_state ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, kind TEXT NOT NULL, object TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counts (kind TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


class Store:
    """Objects by kind, newest last. Every write happens inside `transaction()`; one at a time."""

    def __init__(self, path: str | None = None) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and alone: the process may be killed at any line inside."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def mark(self) -> None:
        self._db.execute("SAVEPOINT act")

    def undo(self) -> None:
        self._db.execute("ROLLBACK TO act")

    def run(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return list(self._db.execute(sql, args))

    # objects

    def insert(self, obj: Json, created: int) -> Json:
        kind = obj["object"]
        self.run(
            "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)",
            obj["id"],
            kind,
            created,
            json.dumps(obj),
        )
        self.run("INSERT INTO counts VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET n = n + 1", kind)
        return obj

    def save(self, obj: Json) -> Json:
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(obj), obj["id"])
        return obj

    def remove(self, id_: str) -> None:
        self.run("DELETE FROM objects WHERE id = ?", id_)

    def get(self, id_: str, kind: str | None = None) -> Json | None:
        rows = self.run("SELECT kind, body FROM objects WHERE id = ?", id_)
        if not rows or (kind is not None and rows[0][0] != kind):
            return None
        obj: Json = json.loads(rows[0][1])
        return obj

    def find(
        self,
        kind: str,
        where: Mapping[str, Any] | None = None,
        *,
        spans: Mapping[str, Mapping[str, int]] | None = None,
        oldest_first: bool = False,
        after: str | None = None,
        before: str | None = None,
        limit: int | None = None,
        extra: tuple[str, tuple[Any, ...]] = ("", ()),
    ) -> list[Json]:
        """Objects of a kind whose fields equal `where`; `after` and `before` are ids in the list's order."""
        sql = "kind = ?"
        args: list[Any] = [kind]
        for name, value in (where or {}).items():
            sql += f" AND json_extract(body, '$.{name}') IS ?"
            args.append(value)
        for name, span in (spans or {}).items():
            for op, bound in span.items():
                sql += f" AND json_extract(body, '$.{name}') {_SPANS[op]} ?"
                args.append(bound)
        if extra[0]:
            sql += f" AND {extra[0]}"
            args.extend(extra[1])
        down, up = (">", "<") if oldest_first else ("<", ">")
        for id_, sign in ((after, down), (before, up)):
            if id_ is not None:
                sql += f" AND seq {sign} (SELECT seq FROM objects WHERE id = ?)"  # noqa: S608
                args.append(id_)
        # The page before an object is read backwards from it, then turned round.
        backwards = before is not None
        order = "ASC" if oldest_first != backwards else "DESC"
        sql = f"SELECT body FROM objects WHERE {sql} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        rows = self.run(sql, *args, -1 if limit is None else limit)
        return [json.loads(row[0]) for row in (reversed(rows) if backwards else rows)]

    def count(self, kind: str, where: Mapping[str, Any]) -> int:
        sql = "kind = ?"
        args: list[Any] = [kind]
        for name, value in where.items():
            sql += f" AND json_extract(body, '$.{name}') IS ?"
            args.append(value)
        number: int = self.run(f"SELECT count(*) FROM objects WHERE {sql}", *args)[0][0]  # noqa: S608
        return number

    # counters and notes

    def created(self) -> dict[str, int]:
        """How many objects of each kind were ever created, the deleted ones included."""
        return {str(kind): int(n) for kind, n in self.run("SELECT kind, n FROM counts")}

    def note(self, name: str, default: str = "") -> str:
        rows = self.run("SELECT value FROM notes WHERE name = ?", name)
        return str(rows[0][0]) if rows else default

    def set_note(self, name: str, value: str) -> None:
        self.run("INSERT OR REPLACE INTO notes VALUES (?, ?)", name, value)

    def wipe(self) -> None:
        for table in ("objects", "keys", "deliveries", "jobs", "counts", "notes"):
            self.run(f"DELETE FROM {table}")  # noqa: S608

    # work for later

    def schedule(self, due: int, kind: str, id_: str) -> None:
        self.run("INSERT INTO jobs (due, kind, object) VALUES (?, ?, ?)", due, kind, id_)

    def take_job(self, now: int) -> tuple[str, str] | None:
        rows = self.run(
            "DELETE FROM jobs WHERE id = (SELECT id FROM jobs WHERE due <= ? ORDER BY due, id LIMIT 1)"
            " RETURNING kind, object",
            now,
        )
        return (rows[0][0], rows[0][1]) if rows else None
