from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lab import screenshots

PATIENCE_S = 600


class Command(BaseCommand):
    help = "Draw every page for every role of the demo co-op, and say what the browser complained about."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", action="append", help="this role alone (visitor, creator, operator …)")
        parser.add_argument("--only", default="", help="only pages whose name contains this, e.g. books:")
        parser.add_argument("--out", type=Path, default=settings.VAR_DIR / "screenshots")
        parser.add_argument(
            "--docs", action="store_true", help="draw the pictures of the documentation instead"
        )

    def handle(
        self, *args: Any, role: list[str] | None, only: str, out: Path, docs: bool, **options: Any
    ) -> None:
        if not settings.DEMO:
            raise CommandError("The demo logins exist in demo mode alone (COMMONSHELF_DEMO).")
        if not Path(screenshots.CHROMIUM).exists():
            raise CommandError(f"{screenshots.CHROMIUM} is missing: apt-get install chromium")
        with self._installation() as base:
            if docs:
                for file in screenshots.draw_pictures(base, settings.BASE_DIR / "docs" / "images"):
                    self.stdout.write(
                        f"{file.stat().st_size / 1000:6.0f} kB  {file.relative_to(settings.BASE_DIR)}"
                    )
                return
            album = screenshots.draw(base, out, roles=role, only=only, say=self.stdout.write)
        self._report(album, out)

    @contextlib.contextmanager
    def _installation(self) -> Iterator[str]:
        """The address of the running installation, or of one started for this and stopped again."""
        running = self._running()
        if running:
            yield running
            return
        self.stdout.write("nothing runs yet; starting the installation for this")
        process = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "up"], stdout=subprocess.DEVNULL
        )
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not (running := self._running()):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise CommandError("The installation did not come up; `manage.py up` says why.")
                time.sleep(0.5)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)

    def _running(self) -> str | None:
        try:
            url = str(json.loads((settings.VAR_DIR / "up.json").read_text())["url"])
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):  # noqa: S310 - our own address
                return url
        except (OSError, ValueError, KeyError):
            return None

    def _report(self, album: screenshots.Album, out: Path) -> None:
        pages = {(look.role, look.page) for look in album.looks}
        self.stdout.write(f"\n{len(album.looks)} pictures of {len(pages)} pages in {out}")
        for role, names in album.unseen.items():
            if names:
                self.stdout.write(f"no link led {role} to: {', '.join(names)}")
        if not album.findings:
            self.stdout.write("the browser had nothing to complain about")
            return
        self.stdout.write(f"{len(album.findings)} complaints:")
        for finding in album.findings:
            self.stdout.write(f"  {finding}")
        sys.exit(1)
