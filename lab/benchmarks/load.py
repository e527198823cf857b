"""A crowd that asks for one address again and again. No Django: each process starts bare, and works as little as it can."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from statistics import median

PROCESSES = 2
# Together as many lines as the web server has threads.
LINES_EACH = 4


def rates(
    port: int, paths: Mapping[str, Mapping[str, str]], *, rounds: int, seconds: float
) -> dict[str, float]:
    """Requests a second of each path (with its headers): the median of `rounds` turns, each path once in every turn.

    Raises RuntimeError when an answer is not 200.
    """
    found: dict[str, list[float]] = {path: [] for path in paths}
    with get_context("spawn").Pool(PROCESSES) as crowd:
        for turn in range(rounds + 1):
            for path, headers in paths.items():
                asked = [(port, path, dict(headers), seconds)] * PROCESSES
                rate = sum(crowd.starmap(ask, asked, chunksize=1))
                if turn:  # the first is for waking up
                    found[path].append(rate)
    return {path: median(turns) for path, turns in found.items()}


def ask(port: int, path: str, headers: dict[str, str], seconds: float) -> float:
    """One process of the crowd: requests a second over its lines, each of which is kept open."""
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{told}\r\n".encode()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(LINES_EACH) as lines:
        done = list(lines.map(lambda _: _line(port, request, until), range(LINES_EACH)))
    return sum(done) / seconds


def _line(port: int, request: bytes, until: float) -> int:
    count = 0
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        while time.monotonic() < until:
            line.sendall(request)
            _answer(line)
            count += 1
    return count


def _answer(line: socket.socket) -> None:
    """Read one answer to its end, by the length that it tells."""
    got = line.recv(65536)
    while (end := got.find(b"\r\n\r\n")) < 0:
        if not (more := line.recv(65536)):
            raise RuntimeError("the server hung up")
        got += more
    head = got[:end].lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(f"answered {head.splitlines()[0].decode()}")
    left = int(head.split(b"content-length:")[1].split(b"\r\n")[0]) - (len(got) - end - 4)
    while left > 0:
        left -= len(line.recv(min(left, 65536)))
