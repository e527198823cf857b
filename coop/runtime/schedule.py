"""Work by the clock: a task says beside its name how often it comes round; beat finds all of them.

A round may be late, missed or run twice: a scheduled task does what is due, never "today's share".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.conf import settings

from coop.kernel.rooms import discover

_seconds: dict[str, float] = {}


def scheduled(name: str, *, seconds: float) -> Callable[[Callable[[], Any]], Any]:
    """Register a function without arguments as the Celery task `name`, sent every so many seconds."""

    def register(function: Callable[[], Any]) -> Any:
        _seconds[name] = seconds
        return shared_task(name=name)(function)

    return register


def entries() -> dict[str, dict[str, Any]]:
    """The schedule as beat wants it: by the task's name. No round takes longer than SCHEDULE_AT_MOST_S, where that is set
    and the round is one of those that people wait for (a minute or less)."""
    discover("tasks")
    most = settings.SCHEDULE_AT_MOST_S
    return {
        name: {"task": name, "schedule": min(seconds, most) if most and seconds <= 60 else seconds}
        for name, seconds in sorted(_seconds.items())
    }
