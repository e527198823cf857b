"""What the plain database role may do: read and write rows, but change or remove none of a ledger's; own nothing."""

from __future__ import annotations

from django.apps import apps
from django.db import connections
from psycopg import sql


def ledger_tables() -> list[str]:
    """Tables whose rows are only ever added."""
    return [
        model._meta.db_table
        for model in apps.get_models()
        if any(getattr(t, "name", "") == "append_only" for t in getattr(model._meta, "triggers", []))
    ]


def grant(role: str, *, using: str = "owner") -> None:
    """Give `role` its rights on every table of the schema; call it after every migration."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(role)))
        cursor.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(
                sql.Identifier(role)
            )
        )
        cursor.execute(
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(
                sql.Identifier(role)
            )
        )
        for table in ledger_tables():
            cursor.execute(
                sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(
                    sql.Identifier(table), sql.Identifier(role)
                )
            )
