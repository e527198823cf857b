"""A prepared statement answers as a plain one does, and on every connection of its own."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection, transaction

from coop.kernel.prepared import Prepared, array

SUM = Prepared("test_sum", ["int[]", "int"], "SELECT sum(n)::int + $2 FROM unnest($1) AS n")


def test_runs_again_and_again_on_one_plan(db: None) -> None:
    again = Prepared("test_again", ["int[]", "int"], SUM.sql)
    assert [again.run([array([1, 2, n]), 10]) for n in range(3)] == [[(13,)], [(14,)], [(15,)]]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = 'test_again'"
        )
        assert cursor.fetchall() == [(3, 0)]


def test_is_not_prepared_behind_a_pooler(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    other = Prepared("test_other", ["int[]", "int"], SUM.sql)
    assert other.run([array([1, 2]), 1]) == [(4,)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = 'test_other'")
        assert cursor.fetchall() == [(0,)]


def test_outlives_a_transaction_that_is_rolled_back(db: None) -> None:
    with transaction.atomic():
        SUM.run([array([1]), 1])
        transaction.set_rollback(True)
    assert SUM.run([array([1]), 1]) == [(2,)]


def test_writes_an_array_with_gaps() -> None:
    one = uuid.UUID(int=1)
    assert array([one, None, 3]) == f"{{{one},NULL,3}}"
