"""Where made rows hang: a member of a known address, and what autovacuum would do in a minute."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, connections
from psycopg import sql

from coop.models import Member


def member(slug: str) -> Member:
    """The member of that address, in good standing; made if there is none."""
    found, _ = Member.objects.get_or_create(
        slug=slug,
        defaults={
            "name": f"Maker of {slug}",
            "trade": "potter",
            "email": f"{slug}@worlds.example",
            "legal_name": "Worlds GmbH",
            "street": "Oranienstraße 12",
            "postcode": "10999",
            "city": "Berlin",
        },
    )
    return found


def count_rows(tables: Sequence[str]) -> None:
    """Let the planner know what there is: the program's own role may not ANALYZE, and a test's rows are its own to see."""
    if connection.in_atomic_block:
        return
    names = sql.SQL(", ").join(sql.Identifier(table) for table in tables)
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql.SQL("VACUUM ANALYZE {}").format(names))
    connections["owner"].close()
