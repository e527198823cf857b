"""The small things that everything stands on: the clock, locks, fail-points, paging, the outbox."""

from __future__ import annotations

import base64
import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from coop.jobs.models import Job
from coop.kernel import clock
from coop.kernel.errors import Busy, Invalid
from coop.kernel.ids import uuid7
from coop.kernel.locks import lock_rows
from coop.kernel.paging import Page, keyset
from coop.models import Member, OutboxMessage
from coop.runtime import failpoints, outbox
from tests import world

ROOT = Path(__file__).resolve().parents[2]


def test_the_clock_can_be_pinned_and_lets_go() -> None:
    moment = dt.datetime(2026, 3, 29, 0, 59, tzinfo=dt.UTC)
    with clock.at(moment):
        assert clock.now() == moment
        assert clock.today("Europe/Berlin") == dt.date(2026, 3, 29)
        assert clock.today("America/New_York") == dt.date(2026, 3, 28)
    assert clock.now() > moment
    with pytest.raises(ValueError, match="aware"), clock.at(dt.datetime(2026, 1, 1)):
        pass


@pytest.mark.django_db(transaction=False)
def test_locks_are_taken_in_order_and_on_the_own_table_alone() -> None:
    world.make_member()
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        transaction.atomic(),
    ):
        assert len(lock_rows(Member.objects.all())) == 1
    sql = queries[-1]["sql"] if "FOR UPDATE" in queries[-1]["sql"] else queries[-2]["sql"]
    assert 'ORDER BY "coop_member"."id" ASC' in sql
    assert 'FOR UPDATE OF "coop_member"' in sql


def test_locks_are_refused_outside_a_transaction(fresh_db: str) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        lock_rows(Member.objects.all())


def test_a_fail_point_kills_exactly_where_it_is_armed() -> None:
    code = (
        "from coop.runtime import failpoints as f; f.declare('here', 'there'); f.reach('there'); print('passed', flush=True);"
        "f.reach('here'); print('survived')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"COMMONSHELF_FAILPOINT": "here", "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (-9, "passed\n")
    with pytest.raises(KeyError):
        failpoints.reach("nobody declared this")


@pytest.mark.django_db
def test_pages_follow_each_other_without_gap_or_double() -> None:
    for number in range(7):
        world.make_member(slug=f"m-{number}")
    seen: list[str] = []
    url: str | None = "/"
    pages: list[Page[Member]] = []
    while url is not None:
        page = _page(url)
        pages.append(page)
        seen += [m.slug for m in page.items]
        url = page.next_url
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == Member.objects.count()
    assert pages[0].prev_url is None
    assert pages[-1].prev_url is not None
    assert [m.pk for m in _page(pages[-1].prev_url)] == [m.pk for m in pages[-2]]


def _page(url: str) -> Page[Member]:
    return keyset(
        RequestFactory().get(f"/{url.removeprefix('/')}"), Member.objects.all(), order=("slug", "id"), size=3
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "order",
    [
        ("finished_at", "id"), ("-finished_at", "-id"), ("finished_at", "-id"), ("-finished_at", "id"),
        ("rows_total", "-created_at", "id"), ("-rows_total", "-created_at", "-id"), ("member__name", "-id"), ("id",),
    ],
)  # fmt: skip
def test_every_order_is_walked_through_forwards_and_back(order: tuple[str, ...]) -> None:
    members = [world.make_member(slug=f"m-{number}") for number in range(3)]
    day = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    for number in range(13):
        Job.objects.create(
            kind="test", title=str(number), member=members[number % 3], rows_total=number // 3,
            created_at=day + dt.timedelta(days=number % 2), finished_at=day + dt.timedelta(days=number // 2) if number % 3 else None,
        )  # fmt: skip
    whole = list(Job.objects.order_by(*order))

    def page(url: str) -> Page[Job]:
        return keyset(RequestFactory().get(f"/{url}"), Job.objects.all(), order=order, size=4)

    forwards = [page("")]
    while forwards[-1].next_url is not None:
        forwards.append(page(forwards[-1].next_url))
    assert [job.title for one in forwards for job in one] == [job.title for job in whole]
    back = [forwards[-1]]
    while back[-1].prev_url is not None:
        back.append(page(back[-1].prev_url))
    assert [job.title for one in reversed(back) for job in one] == [job.title for job in whole]


# Lists in lists: short enough to be looked at, and not.
DEEP = base64.urlsafe_b64encode(b"[" * 2_500).decode()


def _cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values", [("soon", str(uuid7())), (None, "x"), (None, None), ([], {}), (1, 2, 3), ("2026-03-02T00:00:00+00:00",)]
)  # fmt: skip
def test_a_page_link_of_another_kind_is_broken(values: tuple[Any, ...]) -> None:
    request = RequestFactory().get("/", {"after": _cursor(*values)})
    with pytest.raises(Invalid, match="broken"):
        keyset(request, Job.objects.all(), order=("finished_at", "id"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"), [("rows_total", 10**30), ("title", "a\0b"), ("created_at", None)]
)
def test_a_page_link_holds_what_its_columns_can(column: str, value: Any) -> None:
    request = RequestFactory().get("/", {"before": _cursor(value, str(uuid7()))})
    with pytest.raises(Invalid, match="broken"):
        keyset(request, Job.objects.all(), order=(column, "id"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor",
    ["x", "W10=", "bnVsbA==", "eyJhIjoxfQ==", "W1tbW1tb" * 400, DEEP, DEEP * 100],
    ids=lambda c: f"{c:.9}{len(c)}",
)
def test_a_tampered_page_link_is_an_answer_and_no_trace(cursor: str) -> None:
    with pytest.raises(Invalid, match="broken"):
        _page(f"/?after={cursor}")


def test_a_message_told_twice_is_sent_once(fresh_db: str) -> None:
    sent: list[Any] = []
    outbox.handler("test.echo")(lambda message: sent.append(message.payload))
    for _ in range(2):
        with transaction.atomic():
            outbox.enqueue(topic="test.echo", key="the-same", payload={"n": 1})
    assert outbox.deliver_due(topic="test.echo") == 1
    assert outbox.deliver_due(topic="test.echo") == 0
    assert sent == [{"n": 1}]


def test_a_message_whose_act_failed_is_never_sent(fresh_db: str) -> None:
    def act() -> None:
        with transaction.atomic():
            outbox.enqueue(topic="test.echo", key="lost", payload={})
            raise Busy("no")

    with pytest.raises(Busy):
        act()
    assert not OutboxMessage.objects.exists()


def test_a_failing_message_waits_longer_each_time_and_loses_nothing(fresh_db: str) -> None:
    def fail(message: OutboxMessage) -> None:
        raise ConnectionError("nobody home")

    outbox.handler("test.fails")(fail)
    with transaction.atomic():
        outbox.enqueue(topic="test.fails", key="k", payload={})
    pauses = []
    moment = clock.now()
    for _ in range(3):
        with clock.at(moment):
            assert outbox.deliver_due(topic="test.fails") == 0
        message = OutboxMessage.objects.get()
        pauses.append(message.next_attempt_at - moment)
        moment = message.next_attempt_at
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == 3
    assert message.state == "pending"
    assert "nobody home" in message.last_error
