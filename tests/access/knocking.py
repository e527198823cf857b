"""One knock at a door: a request through all the middleware, what came back, and which tables it wrote to.

There are a hundred thousand cells in the matrix, so a knock costs little: no test client around the handler, and the way
back to the world as it was only after a statement that could have changed it. And because every knock is taken back, what
was once read stays true: sessions, people and whatever a SELECT told before the first write of a knock come from memory
the next time (`Memory.forgotten` asks PostgreSQL again whether it does).
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.test import Client, override_settings

READS = {"GET", "HEAD", "OPTIONS", "TRACE"}
# A statement that leaves the transaction as it was; after any other the world is put back.
LEAVES_NOTHING = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SHOW)\b", re.IGNORECASE)
# A statement that certainly writes no row; after any other PostgreSQL is asked what was written.
WRITES_NOTHING = re.compile(r"\s*SET\b", re.IGNORECASE)
# A statement whose answer is always the same as long as nothing is written: no lock, no sequence, no clock, no dice.
STAYS_TRUE = re.compile(
    r"\s*(?:SELECT|WITH)\b(?!.*(?:\bFOR (?:NO KEY )?UPDATE|\bFOR (?:KEY )?SHARE|nextval|setval|set_config|pg_|clock_timestamp"
    r"|random\(|\b(?:INSERT|UPDATE|DELETE)\b))",
    re.IGNORECASE | re.DOTALL,
)
# Writes a line into the log for each request, and nothing into the answer.
LOGS = "django_structlog.middlewares.RequestMiddleware"
_SAVEPOINT = "world_of_the_matrix"


@dataclass(frozen=True)
class Answer:
    """What came back. `wrote` names the tables that were written to, whether it lasted or not."""

    status: int
    body: bytes
    wrote: frozenset[str]


@dataclass
class Caller:
    """Somebody at the door: the cookies and headers they always send."""

    cookies: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, client: Client, headers: dict[str, str]) -> Caller:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        return cls(cookies, {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in headers.items()})


class Told:
    """In place of a psycopg cursor: what a statement told once, told again. Another statement goes to the real one."""

    def __init__(self, real: Any, rows: list[tuple[Any, ...]], description: Any) -> None:
        self._real, self._rows, self.description = real, iter(rows), description
        self.rowcount = len(rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        return list(islice(self._rows, size))

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Memory:
    """What PostgreSQL told to whoever asked the same before, while the world is as it was."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], tuple[Any, list[tuple[Any, ...]], Any]] = {}

    def ask(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        cursor = context["cursor"]
        real = cursor.cursor._real if isinstance(cursor.cursor, Told) else cursor.cursor
        cursor.cursor = real
        if many or hasattr(real, "name") or not STAYS_TRUE.match(sql):
            return execute(sql, params, many, context)
        key = (sql, repr(params))
        if key not in self._told:
            execute(sql, params, many, context)
            rows = real.fetchall()
            if any(isinstance(value, list | dict) for value in (rows[0] if rows else ())):
                # Somebody could change it in place: told again from the start, and not remembered.
                cursor.cursor = Told(real, rows, real.description)
                return None
            self._told[key] = params, rows, real.description
        _, rows, description = self._told[key]
        cursor.cursor = Told(real, rows, description)
        return None

    def __len__(self) -> int:
        return len(self._told)

    def forgotten(self) -> list[str]:
        """The statements that PostgreSQL would answer otherwise today."""
        wrong = []
        for (sql, _), (params, rows, _) in self._told.items():
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                if Counter(map(repr, cursor.fetchall())) != Counter(map(repr, rows)):
                    wrong.append(sql)
        return wrong


class Doorbell:
    """Rings, waits for the answer, puts the world back. Made inside the transaction that holds the world."""

    def __init__(self) -> None:
        self.memory = Memory()
        self._handler = BaseHandler()
        with override_settings(MIDDLEWARE=[name for name in settings.MIDDLEWARE if name != LOGS]):
            self._handler.load_middleware()
        with connection.cursor() as cursor:
            cursor.execute(f"SAVEPOINT {_SAVEPOINT}")
        self._written = _rows_written()

    def ring(self, caller: Caller, method: str, url: str, *, form: bool = False) -> Answer:
        """Send one request. Anything but a read carries an empty form, or an empty JSON object."""
        statements: list[str] = []

        def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if not LEAVES_NOTHING.match(sql):
                statements.append(sql)
            return execute(sql, *rest) if statements else self.memory.ask(execute, sql, *rest)

        broken = True
        try:
            with connection.execute_wrapper(watch):
                response = self._handler.get_response(_request(caller, method, url, form))
                body = b"".join(response.streaming_content) if response.streaming else response.content
                # close() would announce the end of the request, and Django would give the connection back.
                for close in response._resource_closers:
                    close()
            broken = response.status_code >= 500
        finally:
            if statements or broken:
                self._put_back()
        wrote = self._news() if any(not WRITES_NOTHING.match(sql) for sql in statements) else frozenset()
        if response.status_code == 302 and "/accounts/login/" in response["Location"]:
            body = b""
        return Answer(response.status_code, body, wrote)

    def overlook(self) -> None:
        """What was written to the world without a knock is no news at the next one."""
        self._news()

    def _put_back(self) -> None:
        connection.needs_rollback = False
        connection.run_on_commit = []
        with connection.cursor() as cursor:
            cursor.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")

    def _news(self) -> frozenset[str]:
        before, self._written = self._written, _rows_written()
        return frozenset(table for table, count in self._written.items() if count > before.get(table, 0))


@contextmanager
def people_read_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sessions and people come from memory after the first time: each request gets a copy of its own."""
    sessions: dict[str | None, dict[str, Any]] = {}
    people: dict[Any, Any] = {}
    load, get_user = SessionStore.load, ModelBackend.get_user

    def load_once(self: SessionStore) -> dict[str, Any]:
        key = self.session_key
        if key not in sessions:
            found = load(self)
            if not found:
                return found
            sessions[key] = found
        return copy.deepcopy(sessions[key])

    def get_once(self: ModelBackend, user_id: Any) -> Any:
        if user_id not in people:
            people[user_id] = get_user(self, user_id)
        person = people[user_id]
        if person is not None:
            person = copy.copy(person)
            person._state = copy.copy(person._state)
            person._state.fields_cache = {}
        return person

    with monkeypatch.context() as patch:
        patch.setattr(SessionStore, "load", load_once)
        patch.setattr(ModelBackend, "get_user", get_once)
        yield


def _request(caller: Caller, method: str, url: str, form: bool) -> WSGIRequest:
    path, _, query = url.partition("?")
    body, kind = b"", "application/x-www-form-urlencoded"
    if method not in {"GET", "HEAD", "TRACE"} and not form:
        body, kind = b"{}", "application/json"
    request = WSGIRequest(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_COOKIE": caller.cookies,
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            **caller.headers,
        }
    )
    # As the test client: the forms of the house carry their token, the matrix knocks without one.
    request._dont_enforce_csrf_checks = True
    return request


def _rows_written() -> dict[str, int]:
    """Rows written to each table in this transaction so far, as PostgreSQL counts them (rolled back ones as well)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())
