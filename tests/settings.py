"""The program's own settings against the test servers; only what would slow or send is different."""

from __future__ import annotations

import os
from pathlib import Path

_HOME = Path(__file__).resolve().parent.parent / "var" / "test"

from coop.runtime import servers  # noqa: E402

os.environ.setdefault("COMMONSHELF_DEMO", "1")
os.environ.setdefault("DATABASE_URL", servers.database_url(_HOME, "postgres"))
os.environ.setdefault("DATABASE_OWNER_URL", servers.database_url(_HOME, "postgres", servers.OWNER_ROLE))
# A worker's own (the first process has handed its own down to them): what one forgets on purpose, the other must not lose.
# From 5 on they are installations'.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if os.environ.setdefault("REDIS_URL", servers.redis_url(_HOME)) == servers.redis_url(_HOME):
    os.environ["REDIS_URL"] = servers.redis_url(_HOME, _WORKER % 5)
os.environ.setdefault("COMMONSHELF_VAR", str(_HOME))
# Before the settings: what is logged is decided there.
os.environ.setdefault("LOG_LEVEL", "WARNING")

from coop.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A task that is sent is really sent, to a queue that nobody reads; tests call services or run a worker of their own.
# WhiteNoise warns of a missing folder, and warnings are errors; nothing is collected for tests.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
