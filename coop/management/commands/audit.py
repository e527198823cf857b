from __future__ import annotations

import itertools
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from coop.runtime.audit import proofs


class Command(BaseCommand):
    help = "Prove the books: check every proof of every room, print what does not hold, exit 1 if anything does not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing when all is well")
        parser.add_argument("--most", type=int, default=20, help="violations printed for each proof")

    def handle(self, *args: Any, quiet: bool, most: int, **options: Any) -> None:
        broken = 0
        # One snapshot for all proofs: two of them must not see two different moments.
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for proof in proofs():
                violations = list(itertools.islice(proof.check(), most + 1))
                if not violations:
                    if not quiet:
                        self.stdout.write(f"holds   {proof.room}: {proof.name}")
                    continue
                broken += 1
                self.stderr.write(f"BROKEN  {proof.room}: {proof.name}")
                for sentence in violations[:most]:
                    self.stderr.write(f"        {sentence}")
                if len(violations) > most:
                    self.stderr.write("        … and more")
        if broken:
            raise CommandError(f"{broken} of {len(proofs())} proofs do not hold.", returncode=1)
        if not quiet:
            self.stdout.write(f"All {len(proofs())} proofs hold.")
