"""Ledgers are append-only by trigger, and the program is a plain role that owns nothing."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_program_owns_no_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
