"""`manage.py up` on a folder of its own: it answers, it recovers, and it leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coop.runtime.processes import free_port, marked, sweep
from coop.runtime.servers import OWNER_ROLE, Postgres, Redis, database_url, redis_url
from tests.conftest import HOME

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def var(server_home: Path) -> Iterator[Path]:
    yield server_home
    sweep(server_home)
    Redis(server_home).stop()
    Postgres(server_home).stop()


def _up(var: Path, port: int, **named: str) -> subprocess.Popen[str]:
    environment = (
        {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
        | {
            "COMMONSHELF_VAR": str(var),
            "COMMONSHELF_DEMO": "0",
            "DJANGO_SETTINGS_MODULE": "coop.settings",
            "SECRET_KEY": "a-test-installation-of-its-own-with-a-long-enough-key-0123456789",
            "EMAIL_URL": "dummymail://",
            "STRIPE_SECRET_KEY": "sk_test_nobody",
            "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
        }
        | named
    )
    environment = {name: value for name, value in environment.items() if value}
    return subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port), "--demo-days", "6"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def _until_up(process: subprocess.Popen[str]) -> str:
    """Everything it said until it had no more to say: its address, a way in, how to stop it."""
    said = ""
    assert process.stdout is not None
    with _patience(process.kill):
        while "Ctrl-C stops everything" not in said:
            line = process.stdout.readline()
            assert line, f"it ended with {process.wait()}:\n{said}"
            said += line
    return said


@contextlib.contextmanager
def _patience(give_up: Callable[[], object], limit_s: float = 900) -> Iterator[None]:
    """Every wait here is for a fact, however long it takes; only what would never come is given up."""
    timer = threading.Timer(limit_s, give_up)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _let_go(process: subprocess.Popen[str]) -> str:
    """Read what it still said, and close the line: one left to the garbage collector is a warning, and so an error."""
    assert process.stdout is not None
    with process.stdout:
        return process.stdout.read()


def _keeper(of: subprocess.Popen[str], var: Path) -> int:
    """A handle of the process that tidies up after this one."""
    command = ["-m", "coop.runtime.processes", str(of.pid), str(var)]
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cmdline").read_text().split("\0")[1:-1] == command:
                return os.pidfd_open(int(entry.name))
    raise AssertionError("nobody watches over this installation")


def _until_gone(keeper: int) -> None:
    readable, _, _ = select.select([keeper], [], [], 900)
    os.close(keeper)
    assert readable, "the keeper never came to an end"


def _left(var: Path) -> str:
    """What of it still lives."""
    servers = [type(s).__name__ for s in (Postgres(var), Redis(var)) if s.running()]
    return ", ".join([*servers, *(str(pid) for pid in marked(var))])


def _free_port() -> int:
    """A port that nobody is given by chance between our look and the program's (below the kernel's ephemeral range)."""
    return free_port(20_000 + os.getpid() % 10_000)


@pytest.mark.slow
def test_it_answers_survives_a_kill_and_leaves_no_orphan(var: Path) -> None:
    port = _free_port()
    with socket.socket() as taken:
        # Lines of an earlier installation on this port may still be closing.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        first = _up(var, port)
        said = _until_up(first)
        assert f"port {port} is taken" in said
        address = json.loads((var / "up.json").read_text())["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{address}/readyz") as answer:
            assert answer.status == 200

    keeper = _keeper(first, var)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    _until_gone(keeper)
    assert not _left(var), "the keeper ends when everything has"
    _let_go(first)

    second = _up(var, port)
    said = _until_up(second)
    assert "migrating" not in said, "the data of the first run is kept"
    keeper = _keeper(second, var)
    os.kill(second.pid, signal.SIGINT)
    with _patience(second.kill):
        said += _let_go(second)
        assert second.wait() in (0, 130), said
    assert not _left(var), "it ends when everything has"
    _until_gone(keeper)

    # Ctrl-C between the start of the processes and the word that they answer.
    third = _up(var, port)
    with _patience(third.kill):
        while not (var / "up.json").exists():
            assert third.poll() is None, _let_go(third)
            time.sleep(0.01)
        os.kill(third.pid, signal.SIGINT)
        said = _let_go(third)
        assert third.wait() in (0, 130), said
    assert "Traceback" not in said
    assert not _left(var)


@pytest.mark.slow
def test_servers_that_are_named_are_used_and_left_alone(var: Path, fresh_db: str) -> None:
    named = {
        "DATABASE_URL": database_url(HOME, fresh_db),
        "DATABASE_OWNER_URL": database_url(HOME, fresh_db, OWNER_ROLE),
        "REDIS_URL": redis_url(HOME, 15),
        "STORAGE_URL": f"file://{var}/elsewhere",
        "SITE_URL": "https://shelf.example.org",
    }
    house = _up(var, _free_port(), **named)
    said = _until_up(house)
    assert "starting" not in said, "no server of our own"
    assert "https://shelf.example.org/welcome/" in said, "a way in for the first steward, and no demo login"
    address = json.loads((var / "up.json").read_text())["port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{address}/readyz") as answer:
        assert json.load(answer) == {"database": True, "redis": True}
    os.kill(house.pid, signal.SIGINT)
    with _patience(house.kill):
        said += _let_go(house)
        assert house.wait() in (0, 130), said
    assert not _left(var)
    assert Postgres(HOME).running(), "what is not ours goes on"
    assert Redis(HOME).running(), "what is not ours goes on"


@pytest.mark.slow
def test_the_demo_is_made_and_all_of_it_answers(var: Path) -> None:
    house = _up(var, _free_port(), COMMONSHELF_DEMO="1", STRIPE_SECRET_KEY="", STRIPE_WEBHOOK_SECRET="")
    said = _until_up(house)
    assert "maya@demo.example" in said, "one login for each role"
    address = json.loads((var / "up.json").read_text())["port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{address}/nodes/kreuzberg/") as answer:
        assert answer.status == 200
    os.kill(house.pid, signal.SIGINT)
    with _patience(house.kill):
        said += _let_go(house)
        assert house.wait() in (0, 130), said
    assert not _left(var)
