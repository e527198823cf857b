"""A planned file comes in: whole orders in chunks, allocated, told as it goes, and twice is once."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest

from coop.jobs.services import run_job, start_job
from coop.tables import Table
from fulfillment.models import ColumnMapping, Order, OrderLine
from fulfillment.orders.mapping import OrderMapping, guess
from fulfillment.orders.services import (
    MappingInvalid,
    RowsBroken,
    allocate_orders,
    import_orders,
    plan_import,
    save_mapping,
)
from tests.fulfillment.orders_import_kit import HEAD, PLAIN, member, row, stocked, table

__all__ = ["member"]  # the fixture

# Several chunks; `make thorough` brings in what a large shop exports.
ROWS = 40_000 if os.environ.get("THOROUGH") == "1" else 6_000


class Voice:
    """A report that remembers."""

    def __init__(self) -> None:
        self.failures: list[dict[str, Any]] = []
        self.done, self.rows, self.stop = 0, 0, False

    def total(self, rows):
        self.rows = rows

    def progress(self, rows=1):
        self.done += rows

    def created(self, rows=1):
        pass

    def failure(self, **found):
        self.failures.append(found)

    def cancelled(self):
        return self.stop


def bring(member, source: Table, *, skip_broken=False, voice: Voice | None = None):
    mapping = guess(source.headers, [r.values for r in source.rows[:200]])
    return import_orders(
        member=member,
        plan=plan_import(member=member, table=source, mapping=mapping),
        mapping=mapping,
        skip_broken=skip_broken,
        report=voice or Voice(),
        by=None,
    )


class TestImporting:
    def test_places_and_allocates(self, member):
        voice = Voice()
        done = bring(member, table(row("#1"), row("#1", "BOWL"), row("#2")), voice=voice)
        assert (done.orders, done.allocated, voice.done, voice.rows) == (2, 2, 3, 3)
        assert set(Order.objects.values_list("state", flat=True)) == {"allocated"}

    def test_again_doubles_nothing_and_reports_what_changed(self, member):
        bring(member, table(row("#1"), row("#2")))
        done = bring(member, table(row("#1"), row("#2", quantity="5"), row("#3")))
        assert (done.orders, done.known, done.changed) == (1, 2, ["#2"])
        assert OrderLine.objects.get(order__number="#2").quantity == 1

    def test_one_broken_row_and_nothing_is_in(self, member):
        rows = [row(f"#{n}") for n in range(2, 12)]
        rows[5] = row("#7", "NOPE")
        voice = Voice()
        with pytest.raises(RowsBroken):
            bring(member, table(*rows), voice=voice)
        assert Order.objects.count() == 0
        assert [(f["row"], f["field"], f["value"]) for f in voice.failures] == [(7, "SKU", "NOPE")]

    def test_the_rest_is_imported_if_they_say_so(self, member):
        done = bring(member, table(row("#1"), row("#2", "NOPE"), row("#2"), row("#3")), skip_broken=True)
        assert (done.orders, done.broken) == (2, 1)
        assert sorted(Order.objects.values_list("number", flat=True)) == ["#1", "#3"]

    def test_a_cancel_leaves_whole_orders(self, member, monkeypatch):
        monkeypatch.setattr("fulfillment.orders.services.importing.CHUNK", 2)
        voice = Voice()
        monkeypatch.setattr(voice, "cancelled", lambda: Order.objects.count() >= 4)
        rows = [line for n in range(5) for line in (row(f"#{n}"), row(f"#{n}", "BOWL"))]
        done = bring(member, table(*rows), voice=voice)
        assert (done.cancelled, done.orders) == (True, 4)
        assert OrderLine.objects.count() == 8

    @pytest.mark.parametrize("after", [1, 2, 3])
    def test_cut_off_and_run_again_it_doubles_nothing(self, member, monkeypatch, after):
        class Killed(BaseException):
            pass

        reached = []

        def die(name):
            reached.append(name)
            if len(reached) == after:
                raise Killed

        monkeypatch.setattr("fulfillment.orders.services.importing.CHUNK", 2)
        with monkeypatch.context() as armed:
            armed.setattr("coop.runtime.failpoints.reach", die)
            rows = [line for n in range(6) for line in (row(f"#{n}"), row(f"#{n}", "BOWL"))]
            with pytest.raises(Killed):
                bring(member, table(*rows))
        assert Order.objects.count() == 2 * after
        assert OrderLine.objects.count() == 4 * after
        done = bring(member, table(*rows))
        assert (done.orders, done.known, done.changed) == (6 - 2 * after, 2 * after, [])
        allocate_orders()
        assert set(Order.objects.values_list("state", flat=True)) == {"allocated"}
        assert OrderLine.objects.count() == 12

    def test_as_a_job_with_its_failures(self, member):
        data = "\n".join([HEAD, row("#1"), row("#2", "NOPE")]).encode()
        upload = io.BytesIO(data)
        upload.name = "orders.csv"
        from django.core.files.base import File

        mapping = guess(PLAIN)
        options = {"columns": dict(mapping.columns), "mapping": mapping.options}
        jobs = [
            start_job(
                kind="orders.import",
                title="orders.csv",
                member=member,
                by=None,
                upload=File(upload),
                options={**options, "skip_broken": skip},
            )
            for skip in (False, True)
        ]
        refused = run_job(job_id=jobs[0].pk)
        assert (refused.state, refused.created_count) == ("failed", 0)
        assert refused.failures[0]["row"] == 3
        done = run_job(job_id=jobs[1].pk)
        assert (done.state, done.created_count, done.rows_done) == ("done", 1, 2)

    def test_mappings_are_saved_by_name_and_checked(self, member):
        mapping = guess(PLAIN)
        for _ in range(2):
            save_mapping(
                member=member, name="Etsy", columns=mapping.columns, options=mapping.options, by=None
            )
        saved = ColumnMapping.objects.get()
        assert OrderMapping.of(saved.columns, saved.options) == mapping
        for bad in (
            {"time_zone": "Mars/Base"},
            {"date_format": "x"},
            {"decimal": "x"},
            {"country": "Germany"},
            {"channel": "API"},
        ):
            with pytest.raises(MappingInvalid):
                save_mapping(member=member, name="Bad", columns={}, options=bad, by=None)
        assert ColumnMapping.objects.count() == 1


def test_a_file_of_thousands_of_rows(fresh_db):
    # Committed as in life. In a test's one transaction every foreign key would be asked at its end, and by plans that
    # PostgreSQL made while the tables of this connection were still empty.
    member = stocked()
    rows = [row(f"#{n // 2}", "MUG" if n % 2 else "BOWL") for n in range(ROWS)]
    done = bring(member, table(*rows))
    assert (done.orders, done.allocated) == (ROWS // 2, ROWS // 2)
    assert OrderLine.objects.count() == ROWS
