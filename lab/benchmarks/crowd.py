"""Many clients at once: each a process with its own connection, as web workers are."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable

from django.db import connections


def throughput(act: Callable[[int, int], None], *, clients: int, seconds: float) -> float:
    """Calls a second of `act(client, turn)` over `clients` processes."""
    context = multiprocessing.get_context("fork")
    connections.close_all()
    counts: multiprocessing.Queue[int | str] = context.Queue()
    start = time.time() + 1.0
    crowd = [
        context.Process(target=_client, args=(act, number, start, seconds, counts))
        for number in range(clients)
    ]
    for one in crowd:
        one.start()
    ended = [counts.get() for _ in crowd]
    for one in crowd:
        one.join()
    if failed := [end for end in ended if isinstance(end, str)]:
        raise RuntimeError(f"{len(failed)} of {clients} clients failed: {failed[0]}")
    return sum(int(end) for end in ended) / seconds


def _client(
    act: Callable[[int, int], None],
    number: int,
    start: float,
    seconds: float,
    counts: multiprocessing.Queue[int | str],
) -> None:
    connections.close_all()
    turn = 0
    time.sleep(max(0.0, start - time.time()))
    try:
        while time.time() < start + seconds:
            act(number, turn)
            turn += 1
    except Exception as error:
        counts.put(f"{type(error).__name__}: {error}")
    else:
        counts.put(turn)
