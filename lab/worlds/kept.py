"""Worlds that are kept: each is made once, as a template database, and copied in a moment as often as it is wanted.

A template's name holds a hash of all migrations, of the maker's source, of the sizes and of the day, so none outlives what
it was made from. Everything here happens on the cluster that the settings name; the worlds' names begin with `world_`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from coop.kernel import clock
from coop.runtime.servers import OWNER_ROLE, Postgres, database_url

# The work of the demo lives here; a change of it is a change of the world that it makes.
_SOURCES = {"demo": ("lab/demo/*.py", "lab/shift.py")}


@dataclass(frozen=True)
class World:
    """A database to begin with: the migrated tables, and what `lay(**sizes)` puts on them, on top of the world `on` if told."""

    name: str
    lay: Callable[..., object] | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    on: World | None = None

    @property
    def base(self) -> World | None:
        """What it is copied from before anything is laid: at least the empty tables, which are migrated once."""
        return self.on or (EMPTY if self.lay is not None else None)

    @property
    def template(self) -> str:
        """The name of its template database."""
        digest = hashlib.sha256(repr((self.name, sorted(self.sizes.items()))).encode())
        for path in sorted(_files(self)):
            digest.update(path.name.encode() + path.read_bytes())
        if self.lay is not None:
            digest.update(clock.today("Europe/Berlin").isoformat().encode())
        if self.base is not None:
            digest.update(self.base.template.encode())
        return f"world_{self.name.replace('-', '_')}_{digest.hexdigest()[:10]}"


def _files(world: World) -> Iterator[Path]:
    root: Path = settings.BASE_DIR
    yield from root.glob("*/migrations/*.py")
    if world.lay is not None:
        for pattern in ("lab/worlds/*.py", *_SOURCES.get(world.name, ())):
            yield from root.glob(pattern)


def copy(world: World, database: str) -> None:
    """Make `database` anew as a copy of the world, which is made first if it is not kept yet."""
    home: Path = settings.VAR_DIR
    with (home / "worlds.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        template = _keep(world)
        connections.close_all()
        with _admin() as admin:
            _drop(admin, database)
            _create(admin, database, template)


def _keep(world: World) -> str:
    """The name of the world's template, as it was when the making began: midnight may pass before it is made."""
    name, making = world.template, f"making_{world.name.replace('-', '_')}"
    with _admin() as admin:
        if _exists(admin, name):
            return name
        for old in _of_the_same_kind(admin, name):
            _drop(admin, old)
        _drop(admin, making)
        base = _keep(world.base) if world.base is not None else "template0"
        _create(admin, making, base)
    with _at(making):
        if world.base is None:
            call_command("prepare_database", stdout=sys.stderr)
        if world.lay is not None:
            world.lay(**world.sizes)
    with _admin() as admin:
        # Under its name only when it is whole: who dies half-way leaves nothing that looks like a world.
        admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name))
        )
    return name


@contextmanager
def _at(database: str) -> Iterator[None]:
    """Meanwhile this process and those it starts speak to another database of the same cluster."""
    home: Path = settings.VAR_DIR
    before = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    urls = {
        "DATABASE_URL": database_url(home, database),
        "DATABASE_OWNER_URL": database_url(home, database, OWNER_ROLE),
    }
    told = {key: os.environ.get(key) for key in urls}
    os.environ.update(urls)
    _point(dict.fromkeys(before, database))
    try:
        yield
    finally:
        _point(before)
        for key, value in told.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


def _point(names: Mapping[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@contextmanager
def _admin() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(Postgres(settings.VAR_DIR).admin_dsn(), autocommit=True) as connection:
        yield connection


def _exists(admin: psycopg.Connection[Any], name: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _of_the_same_kind(admin: psycopg.Connection[Any], name: str) -> list[str]:
    """Earlier templates of the same world: their source, their size or their day is gone."""
    kind = name.rpartition("_")[0]
    found = admin.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{kind}_[0-9a-f]{{10}}$"])
    return [row[0] for row in found]


def _drop(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(admin: psycopg.Connection[Any], name: str, template: str) -> None:
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
        )
    )


def _demo(days: int) -> None:
    """In a process of its own: threads and lines to servers that it leaves would be inherited by what is forked later."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    subprocess.run(
        [*manage, "demo", f"--days={days}"],
        env={**os.environ, "COMMONSHELF_DEMO": "1"}, check=True, stdout=sys.stderr,
    )  # fmt: skip


EMPTY = World("empty")
DEMO = World("demo", _demo, {"days": 7})
