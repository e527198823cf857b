"""Dump and restore, with PostgreSQL's own programs.

Always the bundled ones: they are of the newest version, and pg_dump refuses a server that is newer than itself.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coop.runtime.servers import ServerError, postgres_bin


def dump(target: Path, database: Mapping[str, Any]) -> None:
    """Write a compressed dump (pg_dump's custom format) to `target`; it appears under its name only when it is whole."""
    partial = target.with_suffix(target.suffix + ".part")
    _run("pg_dump", "--format=custom", f"--file={partial}", *_where(database), database=database)
    partial.rename(target)


def restore(source: Path, database: Mapping[str, Any]) -> None:
    """Fill an empty database from a dump, in one transaction: whole or not at all."""
    _run(
        "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
        *_where(database), str(source), database=database,
    )  # fmt: skip


def _where(database: Mapping[str, Any]) -> list[str]:
    host = database["OPTIONS"].get("host") or database["HOST"]
    where = [f"--host={host}", f"--username={database['USER']}", f"--dbname={database['NAME']}"]
    return [*where, f"--port={database['PORT']}"] if database["PORT"] else where


def _run(program: str, *arguments: str, database: Mapping[str, Any]) -> None:
    environment = {**os.environ, "PGPASSWORD": str(database["PASSWORD"])}
    done = subprocess.run(
        [postgres_bin(program), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServerError(f"{program} failed: {done.stderr.strip()}")
