"""Starting, running, cancelling and finding again long work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pghistory
import structlog
from django.core.files.base import File
from django.db import connection, transaction
from django.db.models import F, Q

from coop.identity.models import User
from coop.jobs import handlers
from coop.jobs.models import Job
from coop.jobs.reporting import JobCancelled, Report, SideChannel, lock_key
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Conflict, DomainError
from coop.members.models import Member
from coop.runtime import failpoints
from coop.runtime.nudges import send_after_commit

failpoints.declare("coop.jobs.claimed", "coop.jobs.handled", "coop.jobs.upload_deleted")
log = structlog.get_logger(__name__)

# A job whose worker dies each time would otherwise take down one worker after another.
GIVE_UP_AFTER = 3
_OVERDUE = timedelta(seconds=60)
# Who looks at a preview has just asked; a week outlasts a holiday. The file holds buyers' names and addresses.
PREVIEWS_WAIT = timedelta(days=7)
# What came in is in the tables by then, with its failures on the job's page; until a month's invoices are settled
# somebody may still want to see what the file said.
UPLOADS_STAY = timedelta(days=30)
State = Job.State


@act
def start_job(
    *,
    kind: str,
    title: str,
    member: Member | None,
    by: User | None,
    upload: File[bytes] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Job:
    """Write a job down; a worker takes it after the commit."""
    job = _make(kind, title, member, by, upload, options, State.WAITING)
    _send_after_commit(job)
    return job


@act
def prepare_job(
    *,
    kind: str,
    title: str,
    member: Member | None,
    by: User | None,
    upload: File[bytes] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Job:
    """Keep an upload while the person looks at its preview; `release_job` lets it run."""
    return _make(kind, title, member, by, upload, options, State.PREVIEW)


@act
def change_options(*, job: Job, options: Mapping[str, Any]) -> Job:
    """Change what a job in preview will be run with. Raises Conflict once it has been started."""
    job.options = {**job.options, **options}
    if not Job.objects.filter(pk=job.pk, state=State.PREVIEW).update(options=job.options):
        raise Conflict("This has been started already; its page shows how far it is.")
    return job


@act
def release_job(*, job: Job, options: Mapping[str, Any] | None = None) -> Job:
    """From preview to work. Raises Conflict when it was started or cancelled already: pressed twice runs once."""
    job.options = {**job.options, **(options or {})}
    moved = Job.objects.filter(pk=job.pk, state=State.PREVIEW).update(
        state=State.WAITING, options=job.options
    )
    if not moved:
        raise Conflict("This has been started already; its page shows how far it is.")
    job.state = State.WAITING
    _send_after_commit(job)
    return job


@act
def ask_cancel(*, job: Job) -> Job:
    """Stop a job: at once if it has not begun, else as soon as its handler asks. Raises Conflict when it is over."""
    now = clock.now()
    resting = Job.objects.filter(pk=job.pk, state__in=[State.PREVIEW, State.WAITING])
    if resting.update(
        state=State.CANCELLED, cancel_asked_at=now, finished_at=now, message="Cancelled before it began."
    ):
        job.refresh_from_db()
        return job
    if not Job.objects.filter(pk=job.pk, state=State.RUNNING).update(cancel_asked_at=now):
        raise Conflict("This is over already; there is nothing left to cancel.")
    job.refresh_from_db()
    return job


def run_job(*, job_id: UUID) -> Job | None:
    """Do the job, unless it is over or another worker is at it (then None). May be told any number of times."""
    with SideChannel(job_id) as channel:
        if not channel.claim():
            return None
        begun = Job.objects.filter(pk=job_id, state__in=[State.WAITING, State.RUNNING]).update(
            state=State.RUNNING,
            attempts=F("attempts") + 1,
            rows_done=0,
            failures=[],
            created_count=0,
            updated_count=0,
        )
        if not begun:
            return None
        job = Job.objects.select_related("member", "started_by").get(pk=job_id)
        failpoints.reach("coop.jobs.claimed")
        # The history of what the job changes names the person who started it, as a page would.
        by = str(job.started_by_id) if job.started_by_id else None
        with pghistory.context(user=by, url=f"/jobs/{job.pk}/"):
            _work(job, Report(job, channel))
        return job


def send_overdue() -> int:
    """Send again what waits too long or whose worker is gone. Returns how many. Called every half minute."""
    waiting = Job.objects.filter(state=State.WAITING, created_at__lt=clock.now() - _OVERDUE)
    running = [job for job in Job.objects.filter(state=State.RUNNING).defer("failures") if _abandoned(job)]
    for job in [*waiting.defer("failures"), *running]:
        _send_after_commit(job)
    return len(running) + waiting.count()


@act
def put_away_previews() -> int:
    """Cancel previews that nobody started within PREVIEWS_WAIT. Returns how many."""
    now = clock.now()
    return Job.objects.filter(state=State.PREVIEW, created_at__lt=now - PREVIEWS_WAIT).update(
        state=State.CANCELLED,
        finished_at=now,
        message=f"Put away: not started within {PREVIEWS_WAIT.days} days. Bring the file in again.",
    )


def delete_uploads(*, limit: int = 500) -> int:
    """Delete files that are needed no more: at once of what never began, else UPLOADS_STAY after the end.

    Returns how many. The file goes first and the row forgets it after that: killed in between, the next round finds
    the row again, and deleting what is gone is no error.
    """
    over = Job.objects.filter(state__in=[State.DONE, State.FAILED, State.CANCELLED], upload__gt="")
    old = Q(state=State.CANCELLED, attempts=0) | Q(finished_at__lt=clock.now() - UPLOADS_STAY)
    gone = 0
    for job in over.filter(old).order_by("finished_at").only("upload")[:limit]:
        name = str(job.upload.name)
        try:
            job.upload.storage.delete(name)
        except Exception:
            # One file that cannot be deleted keeps none of the others; it is tried again with the next round.
            log.exception("job.upload_stays", job=str(job.pk), upload=name)
            continue
        failpoints.reach("coop.jobs.upload_deleted")
        gone += Job.objects.filter(pk=job.pk, upload=name).update(upload=None)
    return gone


def _make(
    kind: str,
    title: str,
    member: Member | None,
    by: User | None,
    upload: File[bytes] | None,
    options: Mapping[str, Any] | None,
    state: str,
) -> Job:
    job = Job(
        kind=kind, title=title[:200], member=member, started_by=by, options=dict(options or {}), state=state
    )
    if upload is not None:
        # Of the person's name only the last part, so that it leads nowhere; the storage makes it unique.
        name = PurePosixPath((upload.name or "").replace("\\", "/")).name or "upload"
        upload.seek(0)
        job.upload.save(name, upload, save=False)
    job.save()
    return job


def _work(job: Job, report: Report) -> None:
    handler = handlers.find(job.kind)
    if handler is None:
        _finish(job, report, State.FAILED, f"Nobody here knows how to do “{job.kind}”.")
        return
    if job.attempts > GIVE_UP_AFTER:
        _finish(job, report, State.FAILED, _interrupted(handler))
        return
    try:
        if handler.all_or_nothing:
            _work_in_one_piece(job, report, handler)
        else:
            handler.work(job, report)
            failpoints.reach("coop.jobs.handled")
            state = (
                State.CANCELLED if report.rows_done < report.rows_total and report.cancelled() else State.DONE
            )
            _finish(job, report, state, report.message or _summary(report))
    except JobCancelled:
        kept = "nothing was imported" if handler.all_or_nothing else "what was done by then stays"
        _finish(job, report, State.CANCELLED, f"Cancelled: {kept}.")
    except DomainError as error:
        _finish(job, report, State.FAILED, error.message)
    except Exception:
        log.exception("job.failed", job=str(job.pk), kind=job.kind)
        kept = "Nothing was imported" if handler.all_or_nothing else "What was done by then stays"
        _finish(
            job,
            report,
            State.FAILED,
            f"Something broke on our side. {kept}; start it again, or tell the co-op.",
        )


def _work_in_one_piece(job: Job, report: Report, handler: handlers.Handler) -> None:
    """The work and the mark that it is done, in one transaction."""
    with transaction.atomic():
        handler.work(job, report)
        if report.failures:
            count = len({failure["row"] for failure in report.failures}) + report.failures_left_out
            rows = "1 row needs" if count == 1 else f"{count:,} rows need"
            raise DomainError(f"Nothing was imported: {rows} another look.", code="rows_failed")
        failpoints.reach("coop.jobs.handled")
        _finish(job, report, State.DONE, report.message or _summary(report))


def _finish(job: Job, report: Report, state: str, message: str) -> None:
    handler = handlers.find(job.kind)
    undone = state != State.DONE and handler is not None and handler.all_or_nothing
    job.state = state
    job.rows_total = max(report.rows_total, report.rows_done)
    job.rows_done = report.rows_done
    job.created_count = 0 if undone else report.created_count
    job.updated_count = 0 if undone else report.updated_count
    job.failures = report.failures
    left_out = f" ({report.failures_left_out:,} more are not listed.)" if report.failures_left_out else ""
    job.message = message + left_out
    job.result_url = report.result_url
    job.finished_at = clock.now()
    job.save(
        update_fields=[
            "state", "rows_total", "rows_done", "created_count", "updated_count", "failures", "message",
            "result_url", "finished_at",
        ]
    )  # fmt: skip


def _summary(report: Report) -> str:
    parts = [f"{report.created_count:,} new", f"{report.updated_count:,} updated"]
    if report.failures:
        parts.append(f"{len(report.failures) + report.failures_left_out:,} failed")
    return ", ".join(parts) + "."


def _interrupted(handler: handlers.Handler) -> str:
    kept = "Nothing was imported" if handler.all_or_nothing else "What was done by then stays"
    return (
        f"Interrupted {GIVE_UP_AFTER} times, so it was given up. {kept}; start it again, or tell the co-op."
    )


def _abandoned(job: Job) -> bool:
    """Whether nobody holds the job's lock although it says that it runs."""
    with connection.cursor() as cursor:
        key = lock_key(job.pk)
        cursor.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
            " AND classid = %s AND objid = %s AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [key >> 32, key & 0xFFFFFFFF],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def _send_after_commit(job: Job) -> None:
    # A broker that is down must not undo what was written; `send_overdue` sends it later.
    send_after_commit("coop.jobs.run", str(job.pk))
