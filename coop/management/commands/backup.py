from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from coop.runtime import missing
from coop.runtime.backup import dump


class Command(BaseCommand):
    help = "Write the whole database to a file that `restore` reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        # An empty database would be dumped without a word, and be found empty when it is needed.
        if (told := missing.about_tables()) == missing.NO_TABLES:
            raise CommandError(told, returncode=2)
        dump(file, connections["owner"].settings_dict)
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes")
