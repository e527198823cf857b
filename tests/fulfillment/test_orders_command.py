"""`manage.py import_orders`: what it brings, what it reports, how it ends."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from fulfillment.models import Order
from fulfillment.orders.mapping import guess
from fulfillment.orders.services import save_mapping
from tests.fulfillment.orders_import_kit import HEAD, PLAIN, member, row

__all__ = ["member"]  # the fixture


class TestCommand:
    def run(self, tmp_path, *rows: str, mapping: str | None = None, flags: tuple[str, ...] = ()):
        path, out = tmp_path / "orders.csv", io.StringIO()
        path.write_text("\n".join([HEAD, *rows]))
        named = ["--mapping", mapping] if mapping else []
        with pytest.raises((SystemExit, CommandError)) as ended:
            call_command("import_orders", str(path), "--member", "tidehouse", *named, *flags, stdout=out)
        code = getattr(ended.value, "returncode", getattr(ended.value, "code", None))
        return code, out.getvalue() + str(ended.value)

    def test_brings_a_file_through_a_saved_mapping(self, member, tmp_path):
        mapping = guess(PLAIN)
        save_mapping(member=member, name="Plain", columns=mapping.columns, options=mapping.options, by=None)
        code, out = self.run(tmp_path, row("#1"), row("#2"), mapping="Plain")
        assert code == 0
        assert "2 new orders; 2 of them allocated" in out

    def test_brings_a_file_through_a_mapping_in_a_file(self, member, tmp_path):
        mapping, path = guess(PLAIN), tmp_path / "mapping.json"
        path.write_text(json.dumps({"columns": dict(mapping.columns), "options": mapping.options}))
        assert self.run(tmp_path, row("#1"), mapping=str(path))[0] == 0
        path.write_text("[]")
        assert self.run(tmp_path, row("#1"), mapping=str(path))[0] == 2

    def test_reports_row_field_and_remedy_and_exits_1(self, member, tmp_path):
        code, out = self.run(tmp_path, row("#1"), row("#2", "NOPE"))
        assert code == 1
        assert "row 3, SKU: “NOPE”: You have no SKU of this code." in out
        assert Order.objects.count() == 0

    def test_skips_what_is_broken_when_told(self, member, tmp_path):
        code, _ = self.run(tmp_path, row("#1"), row("#2", "NOPE"), flags=("--skip-broken",))
        assert (code, Order.objects.count()) == (1, 1)

    def test_a_dry_run_changes_nothing(self, member, tmp_path):
        code, out = self.run(tmp_path, row("#1"), flags=("--dry-run",))
        assert (code, Order.objects.count()) == (0, 0)
        assert "1 good orders" in out

    def test_a_wrong_call_exits_2(self, member, tmp_path):
        assert self.run(tmp_path, row("#1"), mapping="Unknown")[0] == 2
