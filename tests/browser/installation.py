"""A whole installation for a browser: web server, worker and the Stripe stand-in on a database of the test's own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coop.runtime.processes import free_port
from coop.runtime.servers import OWNER_ROLE, database_url, redis_url
from lab.stripe_standin import StandIn

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "test"
WEBHOOK_SECRET = "whsec_browser"


@dataclass(frozen=True)
class Installation:
    """What runs: the address people use, Stripe's stand-in, and where letters land."""

    url: str
    stripe: StandIn
    mail: Path
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """What `manage.py` prints, with this installation's settings."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def letters(self) -> list[str]:
        """Every letter that was sent so far, oldest first."""
        return [p.read_text() for p in sorted(self.mail.glob("*"), key=lambda p: p.stat().st_mtime)]


@contextlib.contextmanager
def installation(database: str, folder: Path, *, first: Sequence[str] = ()) -> Iterator[Installation]:
    """Run the management command `first`, start it all, wait until it answers, and end it all."""
    # Two installations at once must not take tasks from one queue.
    redis_number = 5 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
    port = free_port(18_000 + os.getpid() % 1000)
    url = f"http://localhost:{port}"
    with StandIn(webhook_url=f"{url}/webhooks/stripe/", webhook_secret=WEBHOOK_SECRET) as stripe:
        environment = _environment(database, folder, url, stripe.url, redis_number)
        programs = [
            ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
             "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "coop.wsgi:application"],
            ["celery", "--app", "coop", "worker", "--pool", "solo", "--loglevel", "WARNING", "--without-gossip",
             "--without-mingle", "--without-heartbeat", "--beat", "--schedule", str(folder / "beat")],
        ]  # fmt: skip
        running = Installation(url, stripe, folder / "mail", environment)
        if first:
            running.manage(*first)
        with contextlib.ExitStack() as stack:
            for program in programs:
                stack.enter_context(_running(program, environment, folder))
            _until_ready(url)
            yield running


def _environment(database: str, folder: Path, url: str, stripe: str, redis_number: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "COMMONSHELF_DEMO": "1",
        "COMMONSHELF_VAR": str(folder),
        "DATABASE_URL": database_url(HOME, database),
        "DATABASE_OWNER_URL": database_url(HOME, database, OWNER_ROLE),
        "REDIS_URL": redis_url(HOME, redis_number),
        "SITE_URL": url,
        "STRIPE_STANDIN_URL": stripe,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextlib.contextmanager
def _running(program: list[str], environment: dict[str, str], folder: Path) -> Iterator[None]:
    log = folder / f"{program[0]}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / program[0]), *program[1:]],
            cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError(f"{program[0]} ended early:\n{log.read_text()[-3000:]}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _until_ready(url: str, limit_s: float = 90) -> None:
    deadline = time.monotonic() + limit_s
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:  # noqa: S310
            if answer.status == 200:
                return
        if time.monotonic() > deadline:
            raise RuntimeError(f"{url} did not answer within {limit_s:.0f} s")
        time.sleep(0.2)
