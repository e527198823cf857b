"""`manage.py up` on a folder of its own: it answers, it recovers, and it leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from coop.runtime.processes import marked, sweep
from coop.runtime.servers import Postgres, Redis

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    sweep(tmp_path)
    Redis(tmp_path).stop()
    Postgres(tmp_path).stop()


def _up(var: Path, port: int) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_URL")} | {
        "COMMONSHELF_VAR": str(var),
        "COMMONSHELF_DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "coop.settings",
        "SECRET_KEY": "a-test-installation-of-its-own-with-a-long-enough-key-0123456789",
        "EMAIL_URL": "dummymail://",
        "SECURE_SSL_REDIRECT": "0",
        "STRIPE_SECRET_KEY": "sk_test_nobody",
        "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def _until_up(process: subprocess.Popen[str], limit_s: float = 600) -> str:
    """Everything it said until it named its address."""
    said, deadline = "", time.monotonic() + limit_s
    assert process.stdout is not None
    while "answers at" not in said:
        line = process.stdout.readline()
        said += line
        assert line or process.poll() is None, said
        assert time.monotonic() < deadline, said
    return said


def _let_go(process: subprocess.Popen[str]) -> None:
    """Close the line to a process that has ended: one left to the garbage collector is a warning, and so an error."""
    assert process.stdout is not None
    process.stdout.close()


def _wait(condition: object, limit_s: float = 60) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False


def _quiet(var: Path) -> bool:
    return not marked(var) and not Postgres(var).running() and not Redis(var).running()


@pytest.mark.slow
def test_it_answers_survives_a_kill_and_leaves_no_orphan(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        first = _up(var, port)
        said = _until_up(first)
        assert f"port {port} is taken" in said
        address = json.loads((var / "up.json").read_text())["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{address}/readyz") as answer:
            assert answer.status == 200

    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    _let_go(first)
    assert _wait(lambda: _quiet(var)), f"left behind: {marked(var)}"

    second = _up(var, port)
    said = _until_up(second)
    assert "migrating" not in said, "the data of the first run is kept"
    os.kill(second.pid, signal.SIGINT)
    assert second.wait(timeout=40) in (0, 130)
    _let_go(second)
    assert _wait(lambda: _quiet(var))
