from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from coop.models import Member, User
from lab.demo.beside import workers
from lab.demo.builder import DAYS, build
from lab.demo.cast import LOGINS, PASSWORD
from lab.shift import count_allocated


class Command(BaseCommand):
    help = "Build the demo co-op (12 creators, 5 nodes, 90 days), or print its logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is a member already"
        )
        parser.add_argument("--logins", action="store_true", help="print one login for each role")
        parser.add_argument("--days", type=int, default=DAYS)

    def handle(self, *args: Any, if_empty: bool, logins: bool, days: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo co-op exists in demo mode alone (COMMONSHELF_DEMO).")
        if logins:
            self._print_logins()
            return
        if Member.objects.exists():
            if if_empty:
                return
            raise CommandError("There are members already; the demo wants an empty database.")
        if found := workers():
            # It would push the demo's invoices to the stand-in it knows, while the demo pays them at its own.
            raise CommandError(
                f"A worker is running here ({', '.join(found)}): it would send on what the demo is still writing. "
                "Stop it (Ctrl-C where it was started, or `manage.py up --stop`), make the demo, then start it again. "
                "Nothing was written."
            )
        with tqdm(total=days + 3, desc="demo co-op", file=sys.stdout, mininterval=0.5) as bar:

            def say(done: int, _total: int, what: str) -> None:
                bar.set_postfix_str(what, refresh=False)
                bar.update(done - bar.n)

            world = build(say, days=days)
        count_allocated(world.tally)
        for name, count in world.tally.counts.items():
            self.stdout.write(f"  {count:>6} {name}")

    def _print_logins(self) -> None:
        there = set(
            User.objects.filter(email__in=[login.email for login in LOGINS]).values_list("email", flat=True)
        )
        if missing := [login.email for login in LOGINS if login.email not in there]:
            raise CommandError(
                f"Nobody here is {missing[0]}: this database holds no demo co-op. `manage.py demo` builds one in an empty one."
            )
        width = max(len(login.role) for login in LOGINS)
        for login in LOGINS:
            self.stdout.write(f"  {login.role:<{width}}  {login.email:<24}  {PASSWORD}  {login.sees}")
