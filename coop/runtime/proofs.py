from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from coop.runtime.audit import proof
from coop.runtime.models import OutboxMessage
from coop.runtime.roles import ledger_tables


@proof("every ledger refuses changes, by trigger")
def ledgers_are_guarded() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, count(*) FILTER (WHERE t.tgenabled <> 'D')
              FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
                   AND (t.tgname LIKE 'pgtrigger_append_only%%' OR t.tgname LIKE 'pgtrigger_no_truncate%%')
             WHERE c.relname = ANY(%s) GROUP BY 1
            """,
            [ledger_tables()],
        )
        for table, triggers in cursor.fetchall():
            if triggers < 2:
                yield f"{table} has lost its append-only triggers"


@proof("no message to the outside world was given up")
def outbox_has_no_failures() -> Iterator[str]:
    for message in OutboxMessage.objects.filter(state="failed").order_by("created_at"):
        yield f"{message.topic} {message.key}: {message.last_error[:160]}"
