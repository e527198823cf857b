from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Build the demo co-op, or print its logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="only when the database has no member yet")
        parser.add_argument("--logins", action="store_true", help="print one login for each role")

    def handle(self, *args: Any, if_empty: bool, logins: bool, **options: Any) -> None:
        self.stdout.write("")
