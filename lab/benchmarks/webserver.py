"""The web server that benchmarks ask: the one that the installation runs, with the same options."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from coop.runtime.processes import free_port


@contextmanager
def serving(**environment: str) -> Iterator[int]:
    """The web server as the Procfile runs it, on this database; the limit of requests a minute is lifted. Yields its port."""
    port = free_port(8900)
    command = next(
        line.partition(":")[2]
        for line in (settings.BASE_DIR / "Procfile").read_text().splitlines()
        if line.startswith("web:")
    )
    words = command.replace("$PORT", str(port)).split()
    words[0] = str(Path(sys.executable).parent / words[0])
    told = {
        **os.environ,
        "API_RATE": "10000000/min",
        "DROP_RATE": "10000000/min",
        "LOG_LEVEL": "ERROR",
        "SITE_URL": f"http://127.0.0.1:{port}",
        **environment,
    }
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(words, env=told, cwd=settings.BASE_DIR, stdout=quiet, stderr=quiet)
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _await(port: int) -> None:
    for _ in range(300):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/readyz")
            line.getresponse()
        except OSError:
            time.sleep(0.2)
        else:
            return
        finally:
            line.close()
    raise RuntimeError("the web server does not answer")
