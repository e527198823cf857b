"""Who else works on the queue while the demo is made."""

from __future__ import annotations

from celery import current_app
from kombu.exceptions import OperationalError


def workers(*, timeout_s: float = 1.0) -> list[str]:
    """The names of the workers that answer on this installation's queue; none when there is no broker to ask."""
    try:
        # A line of its own, closed again: one left in the pool would be inherited by whoever is forked later.
        with current_app.connection_for_write() as line:
            answers = current_app.control.ping(timeout=timeout_s, connection=line)
    except (OperationalError, OSError):
        return []
    return sorted(name for answer in answers or [] for name in answer)
