from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from coop.runtime import roles
from coop.runtime.backup import restore
from coop.runtime.servers import APP_ROLE


class Command(BaseCommand):
    help = "Fill an empty database from a backup, give the plain role its rights, and prove the books."
    # The tables that the checks would ask for come with the backup.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        owner = connections["owner"]
        if owner.introspection.table_names():
            raise CommandError(
                "The database is not empty. Restore into a new one, so that nothing is overwritten."
            )
        restore(file, owner.settings_dict)
        program = connections["default"].settings_dict["USER"] or APP_ROLE
        if program != owner.settings_dict["USER"]:
            roles.grant(program)
        call_command("audit", quiet=True)
        self.stdout.write("Restored; every proof holds.")
