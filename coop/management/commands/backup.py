from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from coop.runtime.backup import dump


class Command(BaseCommand):
    help = "Write the whole database to a file that `restore` reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        dump(file, connections["owner"].settings_dict)
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes")
