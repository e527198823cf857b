"""Who else works on the queue while the demo is made."""

from __future__ import annotations

from celery import current_app
from kombu.exceptions import OperationalError


def workers(*, timeout_s: float = 1.0) -> list[str]:
    """The names of the workers that answer on this installation's queue; none when there is no broker to ask."""
    try:
        answers = current_app.control.ping(timeout=timeout_s)
    except (OperationalError, OSError):
        return []
    return sorted(name for answer in answers or [] for name in answer)
