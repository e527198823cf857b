from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lab import reference


class Command(BaseCommand):
    help = "Write the reference pages of the documentation from the code."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing, exit 1 if a page is not as it must be"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        stale = []
        for file, text in reference.pages().items():
            if file.exists() and file.read_text() == text:
                continue
            stale.append(str(file.relative_to(settings.BASE_DIR)))
            if not check:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        if check and stale:
            raise CommandError(
                f"Not as the code says: {', '.join(stale)}. Run `manage.py reference`.", returncode=1
            )
        self.stdout.write(f"written: {', '.join(stale)}" if stale else "all as the code says")
