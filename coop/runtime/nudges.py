"""Waking a worker, after the commit and never before it.

A service names the task instead of importing it: tasks are doors, and doors import services. A lost nudge costs only
the time until the schedule comes round, so a broker that is down undoes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from celery import current_app

from coop.kernel.acts import after_commit


def send_after_commit(task: str, *args: Any, eta: datetime | None = None) -> None:
    """Send the task of that name (arguments as JSON knows them) once the surrounding transaction is committed, for now or
    for a moment within the hour."""
    after_commit(lambda: current_app.send_task(task, args, eta=eta))
