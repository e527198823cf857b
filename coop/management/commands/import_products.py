"""`manage.py import_products FILE --member SLUG`: the importer of the portal, for scripts. Exit status 0 or 1."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coop.catalog.plan import Defaults, FieldProblem, Plan, parse_defaults
from coop.catalog.services import ProductsRefused, import_products, plan_import
from coop.kernel.errors import DomainError
from coop.members.models import Member
from coop.tables import CellError, Table, read_table

_SHOWN = 100


class Command(BaseCommand):
    help = "Import products (Shopify export or our own sheet, CSV or XLSX) for one member: all rows or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the file, or - for standard input")
        parser.add_argument("--member", required=True, metavar="SLUG")
        parser.add_argument(
            "--defaults",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="what new SKUs get where the file says nothing, e.g. weight_g=300,length_mm=250; may be repeated",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, import nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        member = Member.objects.filter(slug=options["member"]).first()
        if member is None:
            raise CommandError(f"There is no member “{options['member']}”.")
        try:
            table = self._read(options["file"])
            defaults = self._defaults(options["defaults"])
            if options["dry_run"]:
                plan = plan_import(member=member, table=table, defaults=defaults)
                self._report(table, plan, "would be ")
                if plan.problems:
                    raise ProductsRefused(plan.problems)
                return
            outcome = import_products(member=member, table=table, defaults=defaults, by=None)
            self._report(table, outcome.plan, "")
        except ProductsRefused as refusal:
            self._list(refusal.problems)
            raise CommandError(refusal.message) from refusal
        except DomainError as error:
            raise CommandError(error.message) from error
        except CellError as error:
            raise CommandError(str(error)) from error

    def _read(self, name: str) -> Table:
        if name == "-":
            return read_table(sys.stdin.buffer, "standard input")
        try:
            with Path(name).open("rb") as file:
                return read_table(file, Path(name).name)
        except OSError as error:
            raise CommandError(f"{name} cannot be opened: {error.strerror}.") from error

    def _defaults(self, given: list[str]) -> Defaults:
        pairs = [part.partition("=") for text in given for part in text.split(",") if part.strip()]
        return parse_defaults({name.strip(): value.strip() for name, _, value in pairs})

    def _report(self, table: Table, plan: Plan, mood: str) -> None:
        for note in plan.notes:
            self.stdout.write(f"note: {note}")
        counts = {action: len(plan.of(action)) for action in ("create", "update", "unchanged")}
        self.stdout.write(
            f"{len(table.rows):,} rows read: {counts['create']:,} {mood}created, "
            f"{counts['update']:,} {mood}updated, {counts['unchanged']:,} unchanged"
        )

    def _list(self, problems: list[FieldProblem]) -> None:
        for found in problems[:_SHOWN]:
            value = f" “{found.value}”" if found.value else ""
            self.stderr.write(f"row {found.row}, {found.field}{value}: {found.problem} {found.remedy}")
        if len(problems) > _SHOWN:
            self.stderr.write(f"… and {len(problems) - _SHOWN:,} more")
