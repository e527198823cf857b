from __future__ import annotations

from uuid import UUID

from celery import shared_task

from coop.jobs import services
from coop.runtime.schedule import scheduled


@shared_task(name="coop.jobs.run")
def run(job_id: str) -> None:
    """Do a job; told twice it runs once."""
    services.run_job(job_id=UUID(job_id))


@scheduled("coop.jobs.send_overdue", seconds=30)
def send_overdue() -> int:
    """Send interrupted and forgotten jobs again."""
    return services.send_overdue()


@scheduled("coop.jobs.sweep", seconds=3600)
def sweep() -> int:
    """Put away previews that nobody started, and delete uploads that are needed no more."""
    services.put_away_previews()
    return services.delete_uploads()
