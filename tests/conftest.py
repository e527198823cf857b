"""A real PostgreSQL and a real Redis for every test; the program's tests connect as the plain role.

Once per set of migrations a template database is migrated by the owner role; each worker (and each test that needs
committed rows) gets a copy of it in a fraction of a second.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["tests.fixtures"]

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "test"
NAME = os.environ.get("COMMONSHELF_TEST_NAME", "t")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

# The same examples on every run, on however slow a machine; HYPOTHESIS_EXAMPLES=2000 digs deeper, anew each time.
_EXAMPLES = os.environ.get("HYPOTHESIS_EXAMPLES")
hypothesis.settings.register_profile(
    "house", max_examples=int(_EXAMPLES or 50), deadline=None, derandomize=_EXAMPLES is None, database=None
)
hypothesis.settings.load_profile("house")


def _migrations_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:10]


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, before xdist's workers."""
    if hasattr(config, "workerinput"):
        return
    from coop.runtime.servers import Postgres, Redis

    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        postgres, redis = Postgres(HOME), Redis(HOME)
        config.stash[_STARTED] = [s for s in (postgres, redis) if not s.running()]
        # Durability across a power cut is not what most tests are about; the crash tests kill processes, not the kernel.
        postgres.start(settings={"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"})
        redis.start()


# What takes minutes begins first, so that two workers end together: a worker that is done takes over from the end of the
# other's list, and there only short tests must lie.
LONG = (
    "browser/",
    "lab/",
    "concurrency/",
    "coop/test_up.py",
    "coop/test_restore.py",
    "coop/test_access_matrix.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, each still in one piece: what a module or a session shares is built by one worker."""
    rank = {name: at for at, name in enumerate(LONG)}

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(ROOT / "tests").as_posix()
        return min((at for name, at in rank.items() if path.startswith(name)), default=len(LONG))

    items.sort(key=place)


_STARTED: pytest.StashKey[list[object]] = pytest.StashKey()


def pytest_unconfigure(config: pytest.Config) -> None:
    if os.environ.get("COMMONSHELF_KEEP_SERVERS") or hasattr(config, "workerinput"):
        return
    for server in config.stash.get(_STARTED, []):
        server.stop()


def _template(step: tuple[str, str] | None = None) -> str:
    """The migrated template database (or one that is migrated up to a step), made if this set of migrations has none yet."""
    from django.core.management import call_command
    from django.db import connections

    from coop.runtime import roles
    from coop.runtime.servers import APP_ROLE

    name = f"{NAME}_template_{_migrations_hash()}"
    if step is not None:
        name += "_" + hashlib.sha256("/".join(step).encode()).hexdigest()[:10]
    with (HOME / f"template-{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = HOME / f"{name}.done"
        if not done.exists():
            _drop(name)
            _create(name, "template0")
            owner = connections["owner"]
            owner.settings_dict["NAME"] = name
            call_command("migrate", *(step or ()), database="owner", verbosity=0, interactive=False)
            if step is None:  # rights are given on tables that the program knows; not all are there yet
                roles.grant(APP_ROLE)
            owner.close()
            done.touch()
    return name


def _admin(statement: str) -> None:
    import psycopg

    from coop.runtime.servers import Postgres

    with psycopg.connect(Postgres(HOME).admin_dsn(), autocommit=True) as connection:
        connection.execute(statement)


def _create(name: str, template: str) -> None:
    from coop.runtime.servers import OWNER_ROLE

    _admin(f'CREATE DATABASE "{name}" OWNER {OWNER_ROLE} TEMPLATE "{template}" STRATEGY FILE_COPY')


def _drop(name: str) -> None:
    _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _point_at(name: str) -> None:
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest, worker_id: str) -> Iterator[None]:
    """This worker's own copy of the template."""
    with django_db_blocker.unblock():
        template = _template()
        name = f"{NAME}_{worker_id}_{os.getpid()}"
        _drop(name)
        _create(name, template)
        _point_at(name)
        yield
        _point_at("postgres")
        _drop(name)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    workerinput = getattr(request.config, "workerinput", {})
    return str(workerinput.get("workerid", "main"))


@pytest.fixture
def fresh_db(
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
    worker_id: str,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """A database of this test's own, for rows that are really committed (threads, processes, browsers). Yields its name."""
    with (
        django_db_blocker.unblock(),
        _own_database(worker_id, request.node.nodeid, _template()) as name,
    ):
        yield name


@pytest.fixture
def bare_db(
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
    worker_id: str,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """A database of this test's own in which there is not one table. Yields its name."""
    with (
        django_db_blocker.unblock(),
        _own_database(worker_id, request.node.nodeid, "template0") as name,
    ):
        yield name


@contextlib.contextmanager
def _own_database(worker_id: str, test: str, template: str) -> Iterator[str]:
    from django.db import connections

    name = f"{NAME}_{worker_id}_{os.getpid()}_{abs(hash(test)) % 10**8}"
    before = connections["default"].settings_dict["NAME"]
    _drop(name)
    _create(name, template)
    _point_at(name)
    try:
        yield name
    finally:
        _point_at(before)
        _drop(name)


@pytest.fixture
def database_at(
    django_db_blocker: pytest.FixtureRequest, worker_id: str
) -> Iterator[Callable[[tuple[str, str]], None]]:
    """Gives this test a database of its own as it was after a step of the migrations, for migrating with rows in it."""
    from django.db import connections

    name = f"{NAME}_{worker_id}_{os.getpid()}_at"
    before = connections["default"].settings_dict["NAME"]

    def make(step: tuple[str, str]) -> None:
        _drop(name)
        _create(name, _template(step))
        _point_at(name)

    with django_db_blocker.unblock():
        try:
            yield make
        finally:
            _point_at(before)
            _drop(name)


@pytest.fixture
def fresh_db_url(fresh_db: str) -> str:
    """The DATABASE_URL of `fresh_db` for the plain role, for processes that the test starts."""
    from coop.runtime.servers import database_url

    return database_url(HOME, fresh_db)


@pytest.fixture
def server_home() -> Iterator[Path]:
    """A folder for servers of a test's own, outside of pytest's: every pytest that starts closes that one to all others,
    and as root the bundled PostgreSQL runs as somebody else."""
    with tempfile.TemporaryDirectory(prefix="commonshelf-") as folder:
        yield Path(folder)
