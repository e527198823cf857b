from __future__ import annotations

from uuid import UUID

from celery import shared_task

from coop.jobs import services


@shared_task(name="coop.jobs.run")
def run(job_id: str) -> None:
    """Do a job; told twice it runs once."""
    services.run_job(job_id=UUID(job_id))


@shared_task(name="coop.jobs.send_overdue")
def send_overdue() -> int:
    """Send interrupted and forgotten jobs again."""
    return services.send_overdue()


@shared_task(name="coop.jobs.sweep")
def sweep() -> int:
    """Put away previews that nobody started, and delete uploads that are needed no more."""
    services.put_away_previews()
    return services.delete_uploads()
