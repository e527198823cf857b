"""Long work: it runs once, says how far it is, stops when asked, and is found again when its worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, connections

from coop.catalog.models import PackingSpec
from coop.jobs import handlers
from coop.jobs import services as jobs
from coop.jobs.models import Job
from coop.jobs.reporting import Report, SideChannel
from coop.kernel.errors import Conflict, Invalid
from coop.members.models import Member
from tests.world import client_of, make_member, make_user

Work = Callable[[Job, Report], None]


@pytest.fixture
def handle() -> Iterator[Callable[..., None]]:
    """Register handlers for one test."""
    before = dict(handlers._handlers)

    def register(kind: str, work: Work, **options: Any) -> None:
        handlers.handler(kind, **options)(work)

    yield register
    handlers._handlers.clear()
    handlers._handlers.update(before)


def start(kind: str = "test.work", **options: Any) -> Job:
    return jobs.start_job(kind=kind, title="A test", member=None, by=None, **options)


def run(job: Job) -> Job:
    jobs.run_job(job_id=job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.django_db
def test_a_job_counts_what_it_did(handle: Callable[..., None]) -> None:
    def work(job: Job, report: Report) -> None:
        report.total(3)
        for _ in range(3):
            report.progress()
        report.created(2)
        report.updated()

    handle("test.work", work)
    job = run(start())
    assert (job.state, job.rows_done, job.rows_total) == ("done", 3, 3)
    assert (job.created_count, job.updated_count, job.message) == (2, 1, "2 new, 1 updated.")
    assert job.finished_at is not None


@pytest.mark.django_db
def test_told_twice_it_runs_once(handle: Callable[..., None]) -> None:
    runs: list[int] = []
    handle("test.work", lambda job, report: runs.append(1))
    job = run(start())
    run(job)
    assert runs == [1]


@pytest.mark.django_db
def test_an_unknown_kind_fails_with_a_word() -> None:
    job = run(start("test.nobody"))
    assert job.state == "failed"
    assert "test.nobody" in job.message


@pytest.mark.django_db
def test_all_or_nothing_leaves_nothing_when_a_row_fails(handle: Callable[..., None]) -> None:
    member = make_member()

    def work(job: Job, report: Report) -> None:
        report.total(2)
        PackingSpec.objects.create(member=member, name="half done")
        report.created()
        report.failure(row=7, field="code", value="x", problem="Wrong.", remedy="Mend it.")

    handle("test.work", work, all_or_nothing=True)
    job = run(start())
    assert job.state == "failed"
    assert job.message == "Nothing was imported: 1 row needs another look."
    assert job.created_count == 0
    assert job.failures == [
        {"row": 7, "field": "code", "value": "x", "problem": "Wrong.", "remedy": "Mend it."}
    ]
    assert not PackingSpec.objects.filter(member=member).exists()


@pytest.mark.django_db
def test_a_bug_is_a_failed_job_and_no_trace_on_the_page(handle: Callable[..., None]) -> None:
    def work(job: Job, report: Report) -> None:
        raise ZeroDivisionError("secret")

    handle("test.work", work)
    job = run(start())
    assert job.state == "failed"
    assert "secret" not in job.message
    assert "our side" in job.message


@pytest.mark.django_db
def test_a_domain_error_is_the_message(handle: Callable[..., None]) -> None:
    def work(job: Job, report: Report) -> None:
        raise Invalid("The file has no column of codes.")

    handle("test.work", work)
    assert run(start()).message == "The file has no column of codes."


@pytest.mark.django_db
def test_cancelled_before_it_began_it_never_runs(handle: Callable[..., None]) -> None:
    runs: list[int] = []
    handle("test.work", lambda job, report: runs.append(1))
    job = jobs.ask_cancel(job=start())
    assert job.state == "cancelled"
    run(job)
    assert runs == []


@pytest.mark.django_db
def test_cancelled_midway_all_or_nothing_leaves_nothing(handle: Callable[..., None]) -> None:
    member = make_member()

    def work(job: Job, report: Report) -> None:
        PackingSpec.objects.create(member=member, name="half done")
        jobs.ask_cancel(job=Job.objects.get(pk=job.pk))
        report.stop_if_cancelled()

    handle("test.work", work, all_or_nothing=True)
    job = run(start())
    assert (job.state, job.message) == ("cancelled", "Cancelled: nothing was imported.")
    assert not PackingSpec.objects.filter(member=member).exists()


@pytest.mark.django_db
def test_cancelled_midway_what_is_done_stays(handle: Callable[..., None]) -> None:
    def work(job: Job, report: Report) -> None:
        report.total(10)
        for number in range(10):
            if number == 4:
                jobs.ask_cancel(job=Job.objects.get(pk=job.pk))
            if report.cancelled():
                return
            report.progress()
            report.created()

    handle("test.work", work)
    job = run(start())
    assert (job.state, job.rows_done, job.created_count) == ("cancelled", 4, 4)


@pytest.mark.django_db
def test_what_is_over_cannot_be_cancelled(handle: Callable[..., None]) -> None:
    handle("test.work", lambda job, report: None)
    job = run(start())
    with pytest.raises(Conflict):
        jobs.ask_cancel(job=job)
    job.refresh_from_db()
    assert job.state == "done"


@pytest.mark.django_db
def test_a_preview_pressed_twice_runs_once() -> None:
    job = jobs.prepare_job(
        kind="test.work",
        title="T",
        member=None,
        by=make_user(),
        upload=ContentFile(b"a,b", name="../../a.csv"),
    )
    assert job.upload.name.startswith("jobs/")
    jobs.change_options(job=job, options={"x": 1})
    jobs.release_job(job=job)
    with pytest.raises(Conflict):
        jobs.release_job(job=job)
    with pytest.raises(Conflict):
        jobs.change_options(job=job, options={"x": 2})
    job.refresh_from_db()
    assert (job.state, job.options) == ("waiting", {"x": 1})


def test_progress_is_seen_while_the_work_goes_on(fresh_db: str, handle: Callable[..., None]) -> None:
    seen: list[tuple[int, int, int]] = []

    def work(job: Job, report: Report) -> None:
        report.total(8)
        report.progress(5)
        report.failure(row=2, field="f", value="v", problem="p", remedy="r")
        report._show(now=True)

        def look() -> None:
            now = Job.objects.get(pk=job.pk)
            seen.append((now.rows_done, now.rows_total, len(now.failures)))
            connections.close_all()

        watcher = threading.Thread(target=look)
        watcher.start()
        watcher.join()

    handle("test.work", work, all_or_nothing=True)
    run(start())
    assert seen == [(5, 8, 1)]


def test_two_workers_do_one_job_once(fresh_db: str, handle: Callable[..., None]) -> None:
    runs: list[int] = []
    second: list[Job | None] = []

    def work(job: Job, report: Report) -> None:
        runs.append(1)

        def other() -> None:
            second.append(jobs.run_job(job_id=job.pk))
            connections.close_all()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    handle("test.work", work)
    job = run(start())
    assert (runs, second, job.state) == ([1], [None], "done")


_WORKER = """
import django; django.setup()
import sys, time, uuid
from coop.jobs import handlers, services

def work(job, report):
    report.total(100)
    print("working", flush=True)
    time.sleep(60)

handlers.handler("test.work")(work)
services.run_job(job_id=uuid.UUID(sys.argv[1]))
"""


def test_a_job_whose_worker_is_killed_is_picked_up_again(
    fresh_db_url: str, handle: Callable[..., None]
) -> None:
    job = start()
    worker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_WORKER), str(job.pk)],
        env={**os.environ, "DATABASE_URL": fresh_db_url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"working\n"
        job.refresh_from_db()
        assert (job.state, job.rows_total) == ("running", 100)
        assert jobs.send_overdue() == 0, "a job that runs is nobody else's"
        assert jobs.run_job(job_id=job.pk) is None
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        if worker.stdout is not None:
            worker.stdout.close()
    deadline = time.monotonic() + 10
    while not (sent := jobs.send_overdue()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sent == 1
    handle("test.work", lambda job, report: report.say("Done after all."))
    run(job)
    assert (job.state, job.attempts, job.message) == ("done", 2, "Done after all.")


def test_a_job_that_kills_every_worker_is_given_up_and_says_so(
    fresh_db: str, handle: Callable[..., None]
) -> None:
    runs: list[int] = []
    handle("test.work", lambda job, report: runs.append(1), all_or_nothing=True)
    job = start()
    Job.objects.filter(pk=job.pk).update(state="running", attempts=jobs.GIVE_UP_AFTER)
    run(job)
    assert (runs, job.state) == ([], "failed")
    assert "Interrupted 3 times" in job.message
    assert "Nothing was imported" in job.message


def test_the_lock_is_given_up_with_its_connection(fresh_db: str) -> None:
    job = start()
    with SideChannel(job.pk) as first, SideChannel(job.pk) as second:
        assert first.claim()
        assert not second.claim()
    with SideChannel(job.pk) as third:
        assert third.claim()
    connection.close()


@pytest.mark.django_db
def test_a_job_is_seen_by_the_people_of_its_member_alone() -> None:
    maya, ben, gone = make_user(), make_user(), make_user()
    mine: Member = make_member(owner=maya)
    make_member(owner=ben)
    job = jobs.start_job(kind="test.work", title="T", member=mine, by=gone)
    assert Job.objects.seen_by(maya).filter(pk=job.pk).exists()
    assert not Job.objects.seen_by(ben).filter(pk=job.pk).exists()
    assert not Job.objects.seen_by(gone).filter(pk=job.pk).exists(), "who left the member sees no more of it"


@pytest.mark.django_db
def test_the_page_says_what_this_kind_of_job_counts(handle: Callable[..., None]) -> None:
    def work(job: Job, report: Report) -> None:
        report.total(2)
        report.progress(2)
        report.created(1)
        report.failure(row=2, field="invoice", value="Ada", problem="Stale.", remedy="Draw again.")

    words = handlers.Words(rows="Drafts", created="Issued", updated="", failed="Refused", row="No.")
    handle("test.work", work, words=words)
    maya = make_user()
    job = run(jobs.start_job(kind="test.work", title="A month", member=None, by=maya))
    page = client_of(maya).get(f"/jobs/{job.pk}/").content.decode()
    for word in ("Drafts", "Issued", "Refused", ">No.<"):
        assert word in page
    for word in ("Rows read", "Updated", "Not taken"):
        assert word not in page
