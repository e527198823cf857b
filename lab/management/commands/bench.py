from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coop.runtime.servers import Postgres, Redis
from lab.benchmarks.registry import Benchmark, chosen, registered
from lab.worlds import kept

# Set for the processes that measure: each stands on a database of its own and measures one benchmark.
INSIDE = "COMMONSHELF_BENCH"
DATABASE = "commonshelf"


class Command(BaseCommand):
    help = (
        "Measure: each benchmark against something measured in the same run, on a server and database of its own. "
        "Sizes come from the environment, BENCH_<NAME>_<WHAT>."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME",
            help="a benchmark, or one of its lines as NAME:PART; the default set when none is named",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument("--all", action="store_true", help="every benchmark there is, the long ones too")

    def handle(self, *args: Any, names: list[str], json: bool, **options: Any) -> None:
        try:
            wanted = chosen(names, every=options["all"])
        except LookupError as error:
            known = ", ".join(dict.fromkeys(one.name for one in registered()))
            raise CommandError(f"No such benchmark: {error}. There are: {known}.", returncode=2) from error
        if INSIDE in os.environ:
            self._measure(wanted, json)
        elif any(one.needs for one, _ in wanted):
            self._on_servers_of_its_own(wanted, json)
        else:
            self._each_by_itself(wanted, json, dict(os.environ))

    def _measure(self, wanted: Sequence[tuple[Benchmark, Sequence[str]]], as_json: bool) -> None:
        for one, lines in wanted:
            if one.needs:
                kept.copy(one.needs, DATABASE)
            for result in one.measure():
                if result.name in lines:
                    self.stdout.write(result.as_json() if as_json else str(result))
                    self.stdout.flush()

    def _on_servers_of_its_own(
        self, wanted: Sequence[tuple[Benchmark, Sequence[str]]], as_json: bool
    ) -> None:
        """Nobody's data is touched: a cluster under var/bench, in which worlds are kept from run to run."""
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
            postgres.create_database(DATABASE)
            redis.start()
            self._each_by_itself(wanted, as_json, environment)
        finally:
            redis.stop()
            postgres.stop()

    def _each_by_itself(
        self,
        wanted: Sequence[tuple[Benchmark, Sequence[str]]],
        as_json: bool,
        environment: Mapping[str, str],
    ) -> None:
        """A process each: what one leaves in memory, open or prepared does not slow the next."""
        for one, lines in wanted:
            words = [str(settings.BASE_DIR / "manage.py"), "bench", *lines, *(["--json"] if as_json else [])]
            done = subprocess.run(
                [sys.executable, *words],
                env={**environment, INSIDE: "1"},
                check=False,
                stdout=subprocess.PIPE,
            )
            self.stdout.write(done.stdout.decode(), ending="")
            self.stdout.flush()
            if done.returncode:
                raise CommandError(f"bench {one.name} ended with {done.returncode}.", returncode=1)
