"""A dump restored into an empty server is the same co-op: rows, constraints, triggers, and books that prove."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from coop.runtime.backup import dump
from coop.runtime.servers import Postgres, socket_dir
from tests import story

TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)
HASH = "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {} t"
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""


def _portrait(dsn: str) -> list[list[tuple[object, ...]]]:
    """Every table with its number of rows and their hash, every constraint, every trigger."""
    with psycopg.connect(dsn) as c:
        rows = []
        for (table,) in c.execute(TABLES).fetchall():
            rows += [(table, *found) for found in c.execute(sql.SQL(HASH).format(sql.Identifier(table)))]
        return [rows, _plain(c.execute(CONSTRAINTS).fetchall()), c.execute(TRIGGERS).fetchall()]


def _plain(constraints: list[tuple[str, ...]]) -> list[tuple[object, ...]]:
    """Without casts and brackets: PostgreSQL writes `IN (…)` over varchar with its casts elsewhere after a reload."""
    return [
        (*names, re.sub(r"::(character varying|text)(\[\])?|[()]", "", text)) for *names, text in constraints
    ]


@pytest.mark.slow
def test_a_dump_restored_into_an_empty_server_is_the_same(
    fresh_db: str, tmp_path: Path, server_home: Path
) -> None:
    story.one_order_from_sku_to_invoice()
    file = tmp_path / "coop.dump"
    dump(file, connections["owner"].settings_dict)
    second = Postgres(server_home)
    second.start(settings={"fsync": "off"})
    try:
        second.create_database("commonshelf")
        before = _portrait(_dsn())
        with _connected_to(second, "commonshelf"):
            call_command("restore", str(file))
        after = _portrait(second.admin_dsn("commonshelf"))
    finally:
        second.stop()
    filled = [row for row in before[0] if row[1]]
    assert len(filled) > 40, "the story leaves rows in most tables"
    for was, now in zip(before, after, strict=True):
        assert sorted(set(was) ^ set(now)) == []


@contextmanager
def _connected_to(server: Postgres, name: str) -> Iterator[None]:
    """Point both of the program's connections at a database of another server."""
    before = {}
    for alias in ("default", "owner"):
        connections[alias].close()
        database = connections[alias].settings_dict
        before[alias] = (database["NAME"], database["OPTIONS"])
        database["NAME"] = name
        database["OPTIONS"] = {**database["OPTIONS"], "host": str(socket_dir(server.home))}
    try:
        yield
    finally:
        for alias, (was, options) in before.items():
            connections[alias].close()
            connections[alias].settings_dict.update(NAME=was, OPTIONS=options)


def _dsn() -> str:
    database = connection.settings_dict
    return f"host={database['OPTIONS']['host']} user=postgres dbname={database['NAME']}"
