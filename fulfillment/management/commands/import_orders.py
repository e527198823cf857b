"""`manage.py import_orders FILE --member SLUG --mapping NAME-OR-FILE`: the portal's import, for a shell."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coop.kernel.errors import DomainError
from coop.models import Member
from coop.tables import Table, read_table
from fulfillment.orders.mapping import OrderMapping, guess
from fulfillment.orders.models import ColumnMapping
from fulfillment.orders.plan import Plan
from fulfillment.orders.services import RowsBroken, import_orders, plan_import

# A shell is not a browser: the machine's owner may bring a file as large as its memory holds.
MAX_BYTES, MAX_ROWS = 2 * 1024**3, 5_000_000


class Command(BaseCommand):
    """Exit status: 0 all rows are in (or would be), 1 some rows are broken, 2 the call itself is wrong."""

    help = "Import orders from a CSV or XLSX file through a saved column mapping."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--member", required=True, metavar="SLUG")
        parser.add_argument(
            "--mapping",
            metavar="NAME-OR-FILE",
            help='a saved mapping, or a JSON file {"columns": {…}, "options": {…}}; guessed from the headers if left out',
        )
        parser.add_argument("--dry-run", action="store_true", help="report the rows and change nothing")
        parser.add_argument(
            "--skip-broken", action="store_true", help="import the good orders, report the rest"
        )
        parser.add_argument("--rows", type=int, default=50, help="how many broken rows to print (default 50)")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            member = self._member(options["member"])
            table = self._table(options["file"])
            mapping = self._mapping(member, options["mapping"], table)
            plan = plan_import(member=member, table=table, mapping=mapping)
        except DomainError as error:
            raise CommandError(error.message, returncode=2) from error
        self._report(plan, options["rows"])
        if options["dry_run"]:
            self.stdout.write("Nothing was changed (--dry-run).")
            sys.exit(1 if plan.problems else 0)
        voice = _Voice(self)
        try:
            done = import_orders(
                member=member,
                plan=plan,
                mapping=mapping,
                skip_broken=options["skip_broken"],
                report=voice,
                by=None,
            )
        except RowsBroken as error:
            raise CommandError(
                f"{error.message} (--skip-broken imports the others.)", returncode=1
            ) from error
        except DomainError as error:
            raise CommandError(error.message, returncode=2) from error
        self.stdout.write(f"{done} {time.monotonic() - started:.1f} s.")
        sys.exit(1 if plan.problems else 0)

    def _member(self, slug: str) -> Member:
        member = Member.objects.filter(slug=slug).first()
        if member is None:
            raise CommandError(f"There is no member “{slug}”.", returncode=2)
        return member

    def _table(self, path: Path) -> Table:
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=2)
        with path.open("rb") as file:
            return read_table(file, path.name, max_bytes=MAX_BYTES, max_rows=MAX_ROWS)

    def _mapping(self, member: Member, name: str | None, table: Table) -> OrderMapping:
        if name is None:
            return guess(table.headers, [row.values for row in table.rows[:200]], country=member.country)
        saved = ColumnMapping.objects.of(member).filter(name=name).first()
        if saved is not None:
            return OrderMapping.of(saved.columns, saved.options)
        path = Path(name)
        if not path.is_file():
            raise CommandError(f"{member} has no mapping “{name}”, and there is no such file.", returncode=2)
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return OrderMapping.of(told["columns"], told.get("options", {}))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(
                f'{name} is no mapping: it should hold {{"columns": {{…}}, "options": {{…}}}}.', returncode=2
            ) from error

    def _report(self, plan: Plan, most: int) -> None:
        for note in plan.notes:
            self.stdout.write(f"Note: {note}")
        for problem in plan.problems[:most]:
            self.stdout.write(
                f"row {problem.row}, {problem.field}: “{problem.value}”: {problem.problem} {problem.remedy}"
            )
        if len(plan.problems) > most:
            self.stdout.write(f"… and {len(plan.problems) - most:,} more. In all:")
            for (name, what), count in Counter((p.field, p.problem) for p in plan.problems).most_common(20):
                self.stdout.write(f"  {count:>7,} × {name}: {what}")
        self.stdout.write(
            f"{plan.rows:,} rows: {len(plan.orders):,} good orders with {plan.lines:,} lines, "
            f"{len(plan.broken):,} broken orders, {plan.ignored:,} rows ignored."
        )


class _Voice:
    """Progress for a terminal: a line every 5,000 rows."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._total = self._done = self._said = 0

    def total(self, rows: int) -> None:
        self._total = rows

    def progress(self, rows: int = 1) -> None:
        self._done += rows
        if self._done - self._said >= 5000:
            self._said = self._done
            self._command.stdout.write(f"{self._done:,} of {self._total:,} rows")

    def created(self, rows: int = 1) -> None:
        pass

    def failure(self, *, row: int, field: str, value: str, problem: str, remedy: str) -> None:
        pass  # the report before the import has named them all

    def cancelled(self) -> bool:
        return False
