"""What a handler tells while it works: how far it is, and what failed.

Progress goes through a connection of its own, so that the page sees it while the handler's transaction is still open.
The same connection holds an advisory lock for as long as the process lives: who gets the lock knows that nobody else
works on the job, and a killed worker gives it up by dying.
"""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from coop.jobs.models import Job
from coop.kernel.errors import DomainError

_EVERY_SECONDS = 0.5
MAX_FAILURES = 10_000


class JobCancelled(DomainError):
    """Somebody asked to stop, and the handler did."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("Cancelled.")


class SideChannel:
    """The job's own connection: its lock, and progress that is seen at once."""

    def __init__(self, job_id: UUID) -> None:
        self.job_id = job_id
        self._connection: BaseDatabaseWrapper = connections.create_connection("default")

    def __enter__(self) -> SideChannel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def claim(self) -> bool:
        """Whether nobody else works on this job. Held until the connection ends, however it ends."""
        return bool(self._run("SELECT pg_try_advisory_lock(%s)", [lock_key(self.job_id)]))

    def write(self, *, total: int, done: int, failures: list[dict[str, Any]]) -> None:
        """Make progress visible; `failures` are the new ones alone."""
        self._run(
            "UPDATE coop_job SET rows_total = %s, rows_done = %s, failures = failures || %s::jsonb"
            " WHERE id = %s AND state = 'running' RETURNING 1",
            [total, min(done, total), json.dumps(failures), self.job_id],
        )

    def _run(self, statement: str, values: list[Any]) -> Any:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone()
        return row[0] if row else None


def lock_key(job_id: UUID) -> int:
    """The advisory lock of a job: 63 bits of its id."""
    return job_id.int & (2**63 - 1)


class Report:
    """A handler's voice. All counts are "so many more", never totals so far (except `total`)."""

    def __init__(self, job: Job, channel: SideChannel) -> None:
        self._job = job
        self._channel = channel
        self._shown_at = 0.0
        self._unshown: list[dict[str, Any]] = []
        self.rows_total = 0
        self.rows_done = 0
        self.created_count = 0
        self.updated_count = 0
        self.failures: list[dict[str, Any]] = []
        self.failures_left_out = 0
        self.message = ""
        self.result_url = ""

    def total(self, rows: int) -> None:
        """There are so many rows to do."""
        self.rows_total = rows
        self._show(now=True)

    def progress(self, rows: int = 1) -> None:
        """So many more rows are done, well or not."""
        self.rows_done += rows
        self._show()

    def created(self, rows: int = 1) -> None:
        """So many more were new."""
        self.created_count += rows

    def updated(self, rows: int = 1) -> None:
        """So many more were there already and changed."""
        self.updated_count += rows

    def failure(self, *, row: int, field: str, value: str, problem: str, remedy: str) -> None:
        """A row that did not go through: where it is, what is wrong with it, what to do."""
        if len(self.failures) >= MAX_FAILURES:
            self.failures_left_out += 1
            return
        found = {"row": row, "field": field, "value": str(value)[:200], "problem": problem, "remedy": remedy}
        self.failures.append(found)
        self._unshown.append(found)
        self._show()

    def say(self, message: str, *, result_url: str = "") -> None:
        """What the page says when the job is done, and where its result is."""
        self.message = message
        self.result_url = result_url or self.result_url

    def cancelled(self) -> bool:
        """Whether somebody asked to stop. A handler that keeps what it has done asks after each chunk and returns."""
        return Job.objects.filter(pk=self._job.pk, cancel_asked_at__isnull=False).exists()

    def stop_if_cancelled(self) -> None:
        """Raise JobCancelled if somebody asked to stop: for handlers that leave nothing behind."""
        if self.cancelled():
            raise JobCancelled

    def _show(self, *, now: bool = False) -> None:
        if not now and time.monotonic() - self._shown_at < _EVERY_SECONDS:
            return
        self._shown_at = time.monotonic()
        self._channel.write(total=self.rows_total, done=self.rows_done, failures=self._unshown)
        self._unshown = []
