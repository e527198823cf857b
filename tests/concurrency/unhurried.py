"""Races that ask what happens, not how fast."""

from __future__ import annotations

from django.db import connection


def wait_for_locks() -> None:
    """This thread's connection waits for a lock until it has it, as long as the connection lives.

    People are told *busy* when they have waited for so many seconds (`LOCK_TIMEOUT_MS`), and on a slow machine the last of
    many in line has. A deadlock ends in *busy*, too; PostgreSQL finds it however long anybody is ready to wait. So without
    that bound whoever is told *busy* has met a deadlock, or an act that never settles.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
