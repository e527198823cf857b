"""The processes of a running installation: ports, the sweep that leaves no orphan, and the keeper who outlives a crash."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

# Every process that `up` starts carries the folder of its installation under this name, so that it can be found again.
MARK = "COMMONSHELF_UP"


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else the next free one above it."""
    for port in range(wanted, wanted + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {wanted} and {wanted + 200}")


def marked(var: Path) -> list[int]:
    """Process ids of everything that an `up` of this folder started and that still lives, ourselves and our parents not counted."""
    mark = f"{MARK}={var.resolve()}".encode()
    own = _ancestors()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in own:
            continue
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def sweep(var: Path, *, grace_s: float = 8) -> int:
    """End what `marked` finds: ask first, then kill. Returns how many there were."""
    there = marked(var)
    _signal(there, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while marked(var) and time.monotonic() < deadline:
        time.sleep(0.1)
    _signal(marked(var), signal.SIGKILL)
    return len(there)


def hire_keeper(var: Path) -> None:
    """Start a process that waits for this one to end, however it ends, and then tidies up."""
    subprocess.Popen(
        [sys.executable, "-m", "coop.runtime.processes", str(os.getpid()), str(var)],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={key: value for key, value in os.environ.items() if key != MARK},
    )


def keep(parent: int, var: Path) -> None:
    """What the keeper does: wait, sweep, stop the bundled servers."""
    from coop.runtime.servers import Postgres, Redis

    with contextlib.suppress(ProcessLookupError):
        select.select([os.pidfd_open(parent)], [], [])
    sweep(var)
    Redis(var).stop()
    Postgres(var).stop()


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _ancestors() -> set[int]:
    line, pid = set(), os.getpid()
    while pid > 1:
        line.add(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            break
    return line


if __name__ == "__main__":
    keep(int(sys.argv[1]), Path(sys.argv[2]))
