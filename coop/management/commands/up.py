from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from coop.members.models import Member
from coop.runtime import processes
from coop.runtime.servers import Postgres, Redis, ServerError

if TYPE_CHECKING:
    from honcho.manager import Manager

PROCFILE = settings.BASE_DIR / "Procfile"


class Command(BaseCommand):
    help = "Run the whole installation: servers, migrations, demo co-op when the database is empty, web, worker, beat."
    # The database may not be there yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument(
            "--demo-days",
            type=int,
            default=90,
            help="how long a history the demo co-op gets, when it is made",
        )
        parser.add_argument("--prepare", action="store_true", help="stop when the database is ready")
        parser.add_argument(
            "--servers", action="store_true", help="start the bundled servers, and leave them running"
        )
        parser.add_argument("--stop", action="store_true", help="stop what an earlier `up` left behind")

    def handle(self, *args: Any, port: int, prepare: bool, servers: bool, stop: bool, **options: Any) -> None:
        self.began = time.monotonic()
        self.demo_days: int = options["demo_days"]
        self.var: Path = settings.VAR_DIR
        self.var.mkdir(parents=True, exist_ok=True)
        if stop:
            self._tidy()
            return
        if servers:
            self._start_servers()
            return
        with self._only_one():
            self._recover()
            try:
                # From here on a crash, even `kill -9`, leaves no orphan.
                processes.hire_keeper(self.var)
                self._start_servers()
                self._prepare_database()
                if not prepare:
                    self._collect_static()
                    self._run(port)
            except ServerError as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                self._say("stopped before it was up")
                sys.exit(130)
            finally:
                self._stop_servers()

    @contextlib.contextmanager
    def _only_one(self) -> Any:
        lock: IO[str] = (self.var / "up.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            with contextlib.suppress(FileNotFoundError, ValueError):
                url = json.loads((self.var / "up.json").read_text())["url"]
                raise CommandError(f"It already runs: {url} (Ctrl-C there stops it).") from error
            raise CommandError("Another `up` is just starting in this folder.") from error
        try:
            yield
        finally:
            lock.close()

    def _say(self, what: str) -> None:
        self.stdout.write(f"[{time.monotonic() - self.began:5.1f} s] {what}")
        self.stdout.flush()

    def _recover(self) -> None:
        left = processes.sweep(self.var)
        if left:
            self._say(f"an earlier run ended badly; ended {left} processes it had left behind")

    def _tidy(self) -> None:
        processes.sweep(self.var)
        self._stop_servers()

    def _start_servers(self) -> None:
        if settings.EMBEDDED:
            self._say("starting PostgreSQL")
            Postgres(self.var).start()
            Postgres(self.var).create_database("commonshelf")
        if "REDIS_URL" not in os.environ:
            self._say("starting Redis")
            Redis(self.var).start()

    def _stop_servers(self) -> None:
        for connection in connections.all():
            connection.close()
        if "REDIS_URL" not in os.environ:
            Redis(self.var).stop()
        if settings.EMBEDDED:
            Postgres(self.var).stop()

    def _prepare_database(self) -> None:
        self._say("bringing the database up to date")
        call_command("prepare_database", stdout=self.stdout)
        if settings.DEMO and not Member.objects.exists():
            self._make_demo()

    def _make_demo(self) -> None:
        """In a process of its own: threads and lines to servers that it leaves would be inherited by what we fork later."""
        self._say("making the demo co-op")
        made = subprocess.run(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--if-empty", f"--days={self.demo_days}"],
            env={**os.environ, "COMMONSHELF_VAR": str(self.var), processes.MARK: str(self.var.resolve())},
            check=False,
        )  # fmt: skip
        if made.returncode:
            raise CommandError("The demo co-op could not be made; the reason stands above.")

    def _collect_static(self) -> None:
        """Collect only what changed since the last time: compressing and hashing everything costs seconds."""
        newest = max((p.stat().st_mtime for p in (settings.BASE_DIR / "static").rglob("*")), default=0)
        stamp = f"{newest} {(settings.BASE_DIR / 'requirements' / 'app.txt').stat().st_mtime}"
        note = self.var / "static.stamp"
        if note.exists() and note.read_text() == stamp:
            return
        self._say("collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        note.write_text(stamp)

    def _run(self, wanted: int) -> None:
        from honcho.environ import Env

        port = processes.free_port(wanted)
        if port != wanted:
            self._say(f"port {wanted} is taken; using {port}")
        standin_port = processes.free_port(12111)
        url = os.environ.get("SITE_URL", f"http://localhost:{port}")
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PORT": str(port),
            "SITE_URL": url,
            "STRIPE_STANDIN_PORT": str(standin_port),
            "STRIPE_STANDIN_URL": f"http://127.0.0.1:{standin_port}",
            "COMMONSHELF_VAR": str(self.var),
            "PYTHONUNBUFFERED": "1",
            # The terminal is for whoever started it: trouble, and where to look.
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
            # As root, which is how a container runs it, Celery would repeat a page of warnings.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            processes.MARK: str(self.var.resolve()),
        }
        manager = _manager()
        for name, command in (
            Env({"procfile": str(PROCFILE), "app_root": str(settings.BASE_DIR)})
            .load_procfile()
            .processes.items()
        ):
            if name == "stripe" and not settings.STRIPE_API_BASE:
                continue
            manager.add_process(name, command, env=environment, cwd=str(settings.BASE_DIR))
        (self.var / "up.json").write_text(json.dumps({"url": url, "pid": os.getpid(), "port": port}))
        answers = {"web": f"http://127.0.0.1:{port}/readyz"}
        if settings.STRIPE_API_BASE:
            answers["stripe"] = f"http://127.0.0.1:{standin_port}/"
        self.over = threading.Event()
        announcer = threading.Thread(target=self._announce, args=(url, answers), daemon=True)
        for connection in connections.all():
            connection.close()
        try:
            announcer.start()
            manager.loop()
        finally:
            # Nobody may ask the database or write to the terminal while both are taken away.
            self.over.set()
            if announcer.is_alive():
                announcer.join(timeout=30)
            processes.sweep(self.var)
            (self.var / "up.json").unlink(missing_ok=True)

    def _announce(self, url: str, answers: dict[str, str]) -> None:
        waiting = dict(answers)
        while waiting:
            for name, address in list(waiting.items()):
                if _answers(address):
                    del waiting[name]
            if self.over.wait(0.2):
                return
        if not self._worker_answers():
            return
        self._say(f"Commonshelf answers at {url}\n")
        if settings.DEMO:
            try:
                call_command("demo", logins=True, stdout=self.stdout)
            except CommandError as none:  # data of another kind: a replay, a restored backup
                self._say(str(none))
        else:
            call_command("invite_steward", if_none=True, stdout=self.stdout)
        self.stdout.write("\nCtrl-C stops everything.")
        self.stdout.flush()

    def _worker_answers(self) -> bool:
        """Wait until it does; False when all is over before."""
        from coop.celery import app

        while not app.control.ping(timeout=0.5):
            if self.over.wait(0.2):
                return False
        return True


def _manager() -> Manager:
    """Honcho's, which forgets a Ctrl-C that comes before it knows its children: ours keeps it until then."""
    from honcho.manager import Manager

    class Patient(Manager):
        def terminate(self) -> None:
            if self._all_started():  # type: ignore[no-untyped-call]
                super().terminate()  # type: ignore[no-untyped-call]
            else:
                threading.Timer(0.1, self.terminate).start()

    return Patient()  # type: ignore[no-untyped-call]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
