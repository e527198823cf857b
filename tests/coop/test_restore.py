"""A dump restored into an empty server is the same co-op: rows, constraints, triggers, and books that prove."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

from coop.runtime.backup import dump
from coop.runtime.servers import Postgres, socket_dir

ROWS = """
SELECT c.relname, (xpath('/row/h/text()', query_to_xml(format(
         'SELECT md5(string_agg(md5(t::text), '''' ORDER BY t::text)) AS h FROM %I t', c.relname), false, true, '')))[1]::text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""


def _portrait(dsn: str) -> list[list[tuple[object, ...]]]:
    with psycopg.connect(dsn) as c:
        return [c.execute(query).fetchall() for query in (ROWS, CONSTRAINTS, TRIGGERS)]


@pytest.mark.slow
def test_a_dump_restored_into_an_empty_server_is_the_same(fresh_db: str, tmp_path: Path) -> None:
    from tests import story

    story.one_order_from_sku_to_invoice()
    file = tmp_path / "coop.dump"
    dump(file, connections["owner"].settings_dict)
    home = tmp_path / "second"
    home.mkdir()
    second = Postgres(home)
    second.start(settings={"fsync": "off"})
    try:
        second.create_database("commonshelf")
        before = _portrait(_dsn())
        with _connected_to(second, "commonshelf"):
            call_command("restore", str(file))
        after = _portrait(second.admin_dsn("commonshelf"))
    finally:
        second.stop()
    assert len(before[0]) > 40
    assert after == before


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
