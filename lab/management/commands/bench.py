from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coop.runtime.servers import Postgres, Redis
from lab.benchmarks import billing, booking, drop, oversell, reading, registry, searching, walking

_INSIDE = "COMMONSHELF_BENCH"
# Importing them registers them.
MODULES = (billing, booking, drop, oversell, reading, searching, walking)


class Command(BaseCommand):
    help = "Measure: each benchmark against something measured in the same run, on a server and database of its own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all when none is named")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, names: list[str], json: bool, **options: Any) -> None:
        known = registry.registered()
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise CommandError(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(known)}.")
        if _INSIDE in os.environ:
            self._measure(names or list(known), json)
        else:
            self._on_a_server_of_its_own()

    def _measure(self, names: list[str], as_json: bool) -> None:
        for name in names:
            result = registry.registered()[name]()
            self.stdout.write(json.dumps(result.as_json()) if as_json else str(result))
            self.stdout.flush()

    def _on_a_server_of_its_own(self) -> None:
        """Nobody's data is touched: a cluster under var/bench, with a week of the demo co-op in it."""
        home: Path = settings.VAR_DIR / "bench"
        home.mkdir(parents=True, exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.endswith("_URL")} | {
            "COMMONSHELF_VAR": str(home),
            "COMMONSHELF_DEMO": "1",
            "LOG_LEVEL": "ERROR",
        }
        postgres, redis = Postgres(home), Redis(home)
        try:
            postgres.start()
            redis.start()
            self._new_database(postgres)
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
            subprocess.run([*manage, "prepare_database"], env=environment, check=True)
            subprocess.run([*manage, "demo", "--days", "7"], env=environment, check=True, stdout=sys.stderr)
            subprocess.run([*manage, *sys.argv[1:]], env={**environment, _INSIDE: "1"}, check=True)
        except subprocess.CalledProcessError as error:
            raise CommandError(f"{error.cmd[2]} ended with {error.returncode}") from error
        finally:
            redis.stop()
            postgres.stop()

    def _new_database(self, postgres: Postgres) -> None:
        import psycopg

        with psycopg.connect(postgres.admin_dsn(), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS commonshelf WITH (FORCE)")
        postgres.create_database("commonshelf")
