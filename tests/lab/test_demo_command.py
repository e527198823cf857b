"""`manage.py demo` works alone: a worker beside it would send on what it is still writing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.core.management import CommandError, call_command

from coop.models import Member
from coop.runtime.servers import OWNER_ROLE, database_url, redis_url
from lab.demo.beside import workers
from lab.demo.cast import LOGINS
from tests import world

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "test"
# A queue that no other test uses.
REDIS = redis_url(HOME, 15)


@pytest.fixture
def environment(fresh_db: str, tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "coop.settings",
        "COMMONSHELF_DEMO": "1",
        "COMMONSHELF_VAR": str(tmp_path),
        "DATABASE_URL": database_url(HOME, fresh_db),
        "DATABASE_OWNER_URL": database_url(HOME, fresh_db, OWNER_ROLE),
        "REDIS_URL": REDIS,
    }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """A worker of this installation, once it answers."""
    log = tmp_path / "worker.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "coop", "worker", "--pool", "solo", "--without-gossip",
             "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"],
            cwd=ROOT, env=environment, stdout=out, stderr=out,
        )  # fmt: skip
    app = _asking()
    try:
        while not app.control.ping(timeout=0.5):
            assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait()
        app.close()


def _asking(url: str = REDIS) -> Celery:
    """An application that only asks who works at this broker."""
    socket = url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    return Celery(broker=socket if url.startswith("unix://") else url, set_as_current=False)


@pytest.mark.slow
def test_refuses_beside_a_worker_before_anything_is_written(
    worker: None, environment: dict[str, str], django_db_blocker
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--days", "3"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "A worker is running here" in done.stderr
    assert "Stop it" in done.stderr
    assert "Traceback" not in done.stderr
    assert not Member.objects.exists()


def test_nobody_works_where_no_worker_was_started() -> None:
    assert workers(timeout_s=0.2) == []


def test_without_a_broker_nobody_can_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nowhere = _asking(f"unix://{tmp_path}/nobody.sock?db=0")
    monkeypatch.setattr("lab.demo.beside.current_app", nowhere)
    began = time.monotonic()
    assert workers(timeout_s=0.2) == []
    assert time.monotonic() - began < 20
    nowhere.close()


def test_logins_are_told_where_there_are_any(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    *most, last = LOGINS
    for login in most:
        world.make_user(login.email)
    with pytest.raises(CommandError, match=f"Nobody here is {last.email}.* holds no demo co-op"):
        call_command("demo", "--logins")
    world.make_user(last.email)
    call_command("demo", "--logins")
    assert all(
        login.email in line for login, line in zip(LOGINS, capsys.readouterr().out.splitlines(), strict=True)
    )
