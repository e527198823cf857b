"""Files that came in: they stay while somebody needs them, and no longer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.urls import reverse

from coop.jobs import services as jobs
from coop.jobs.models import Job
from coop.jobs.tasks import sweep
from coop.kernel import clock
from coop.kernel.errors import Conflict
from coop.runtime import schedule
from tests import world

pytestmark = pytest.mark.django_db
WEEK = jobs.PREVIEWS_WAIT
MONTH = jobs.UPLOADS_STAY
MOMENT = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Job._meta.get_field("upload"), "storage", FileSystemStorage(tmp_path))


def preview() -> Job:
    return jobs.prepare_job(
        kind="catalog.products", title="Products", member=world.make_member(), by=None,
        upload=ContentFile(b"code,title\nMUG,Mug\n", name="products.csv"),
    )  # fmt: skip


def ended(state: str, *, attempts: int = 1) -> Job:
    job = preview()
    Job.objects.filter(pk=job.pk).update(state=state, attempts=attempts, finished_at=clock.now())
    return job


def there(job: Job) -> bool:
    """Whether its file is; and the row must know it."""
    name = job.upload.name
    job.refresh_from_db()
    found = job.upload.storage.exists(name)
    assert bool(job.upload) == found
    return found


def later(span: timedelta) -> int:
    with clock.at(clock.now() + span):
        swept: int = sweep()
        return swept


def test_a_preview_nobody_started_is_put_away_with_its_file() -> None:
    job = preview()
    assert later(WEEK - MOMENT) == 0
    assert there(job)
    assert job.state == "preview"
    assert later(WEEK + MOMENT) == 1
    assert not there(job)
    assert job.state == "cancelled"
    assert job.message == "Put away: not started within 7 days. Bring the file in again."
    with pytest.raises(Conflict):
        jobs.release_job(job=job)


def test_a_preview_that_its_owner_cancelled_keeps_no_file() -> None:
    job = preview()
    jobs.ask_cancel(job=job)
    assert later(MOMENT) == 1
    assert not there(job)


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_the_file_of_what_ran_stays_a_month(state: str) -> None:
    job = ended(state)
    assert later(MONTH - MOMENT) == 0
    assert there(job)
    assert later(MONTH + MOMENT) == 1
    assert not there(job)
    assert job.state == state, "only the file goes"


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_what_is_still_to_come_keeps_its_file_however_old(state: str) -> None:
    job = ended(state)
    assert later(10 * MONTH) == 0
    assert there(job)


def test_swept_twice_nothing_is_left_to_do() -> None:
    preview()
    assert [later(WEEK + MOMENT), later(WEEK + MOMENT)] == [1, 0]


def test_a_sweep_that_was_killed_after_the_file_went_is_finished_by_the_next() -> None:
    job = ended("done")
    job.upload.storage.delete(job.upload.name)
    assert later(MONTH + MOMENT) == 1
    assert not there(job)


def test_a_file_that_cannot_be_deleted_keeps_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = ended("done"), ended("done")
    delete = FileSystemStorage.delete

    def refuse(self: FileSystemStorage, name: str) -> None:
        if name == stuck.upload.name:
            raise PermissionError(name)
        delete(self, name)

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", refuse)
        assert later(MONTH + MOMENT) == 1
    assert there(stuck)
    assert not there(other)
    assert later(MONTH + MOMENT) == 1
    assert not there(stuck)


def test_the_rows_to_mend_of_what_is_over_lead_to_its_page() -> None:
    """Its file may be gone; the page has what came of it."""
    owner = world.make_user()
    member = world.make_member(owner=owner)
    for kind, name in (("catalog.products", "sku"), ("orders.import", "order")):
        job = Job.objects.create(kind=kind, member=member, started_by=owner, title="Over", state="done")
        path = reverse(f"portal:{name}-import-problems", args=[member.slug, job.pk])
        answer = world.client_of(owner).get(path)
        assert answer.status_code == 302
        assert answer["Location"] == f"/jobs/{job.pk}/"


def test_the_sweep_is_on_the_schedule() -> None:
    assert schedule.entries()["coop.jobs.sweep"] == {"task": "coop.jobs.sweep", "schedule": 3600}
