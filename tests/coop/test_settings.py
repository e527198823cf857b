"""Configuration from the environment: what is missing is said in one sentence, and http is not sent in circles."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client, override_settings

from coop.runtime.servers import OWNER_ROLE, database_url

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "test"
WHOLE = {
    "DATABASE_URL": "postgres://nobody@localhost/nowhere",
    "REDIS_URL": "redis://localhost/0",
    "SECRET_KEY": "a-key-that-is-long-enough-and-of-many-letters-0123456789-abcdef",
    "EMAIL_URL": "dummymail://",
    "STRIPE_SECRET_KEY": "sk_test_nobody",
    "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
}
_ASK = "from django.conf import settings as s; print(s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE"}}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("missing", ["SECRET_KEY", "EMAIL_URL"])
def test_a_real_installation_says_in_one_sentence_what_is_missing(missing: str) -> None:
    told = manage("check", **{k: v for k, v in WHOLE.items() if k != missing})
    assert told.returncode == 1
    assert told.stderr.startswith(f"{missing} is missing: ")
    assert told.stderr.count("\n") == 1, "a sentence, no trace"


@pytest.mark.parametrize(
    ("site", "answer"),
    [("https://shelf.example.org", "True True True"), ("http://localhost:8000", "False False False")],
)
def test_https_is_asked_for_where_the_site_has_it(site: str, answer: str) -> None:
    told = manage("shell", "--no-imports", "-c", _ASK, **WHOLE, SITE_URL=site)
    assert told.stdout.strip() == answer, told.stderr


@pytest.mark.django_db
def test_who_asks_for_the_health_is_not_sent_to_https() -> None:
    with override_settings(SECURE_SSL_REDIRECT=True):
        client = Client()
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 200
        assert client.get("/").status_code == 301


BUILDERS = {"bench", "demo", "reference", "replay", "screenshots"}
_COMMANDS = (
    "from django.core.management import get_commands as g; print(*(c for c, a in g().items() if a == 'lab'))"
)


@pytest.mark.parametrize(
    ("told", "commands"),
    [({}, set()), ({"COMMONSHELF_LAB": "1"}, BUILDERS), ({"COMMONSHELF_DEMO": "1"}, BUILDERS)],
    ids=["a co-op's", "asked for", "demo"],
)
def test_the_builders_floor_is_there_for_builders_alone(told: dict[str, str], commands: set[str]) -> None:
    answer = manage("shell", "--no-imports", "-c", _COMMANDS, **WHOLE, **told)
    assert set(answer.stdout.split()) == commands, answer.stderr


def test_a_real_installation_migrates_and_is_whole_without_the_builders_floor(bare_db: str) -> None:
    here = {
        "DATABASE_URL": database_url(HOME, bare_db),
        "DATABASE_OWNER_URL": database_url(HOME, bare_db, OWNER_ROLE),
        "COMMONSHELF_DEMO": "0",
    }
    # Planned, not run: it is the same plan that the template of all tests went through.
    planned = manage("migrate", "--plan", "--database", "owner", **(WHOLE | here))
    assert planned.returncode == 0, planned.stderr
    assert "coop.0001_initial" in planned.stdout
    checked = manage("check", "--database", "default", **(WHOLE | here))
    assert checked.returncode == 0, checked.stderr
