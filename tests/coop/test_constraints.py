"""What the database refuses becomes 409 or 422 with words, at every kind of door."""

from __future__ import annotations

from typing import Any

import psycopg.errors
import pytest
from django.db import OperationalError
from django.test import RequestFactory

from coop.kernel.acts import act
from coop.kernel.errors import Busy, Conflict, Invalid
from coop.members.models import Member
from coop.nodes.models import Bin, Node, OpeningHours
from coop.web.api_errors import handle
from coop.web.middleware import DomainErrorMiddleware
from tests import world

pytestmark = pytest.mark.django_db


@act
def _insert(model: Any, **fields: Any) -> None:
    model.objects.create(**fields)


def test_a_unique_constraint_is_a_conflict() -> None:
    member = world.make_member(slug="tidehouse")
    with pytest.raises(Conflict) as refused:
        _insert(
            Member,
            **{
                f: getattr(member, f)
                for f in ("slug", "name", "trade", "email", "legal_name", "street", "postcode", "city")
            },
        )
    assert (refused.value.status, refused.value.code) == (409, "slug_taken")
    assert Member.objects.count() == 1


def test_a_check_constraint_is_invalid() -> None:
    import datetime as dt

    node = world.make_node(week={})
    with pytest.raises(Invalid) as refused:
        _insert(OpeningHours, node=node, weekday=0, opens=dt.time(9), closes=dt.time(8))
    assert (refused.value.status, refused.value.code) == (422, "hours_order")
    assert not OpeningHours.objects.exists()


def test_a_conditional_unique_constraint_is_a_conflict() -> None:
    node = world.make_node(bins=0)
    with pytest.raises(Conflict) as refused:
        _insert(Bin, node=node, code="DOCK-2", kind=Bin.Kind.RECEIVING)
    assert refused.value.code == "staging_taken"
    assert Bin.objects.filter(node=node).count() == 2


def test_a_lock_that_is_not_had_is_busy() -> None:
    @act
    def wait() -> None:
        raise OperationalError("lock timeout") from psycopg.errors.LockNotAvailable()

    with pytest.raises(Busy) as refused:
        wait()
    assert refused.value.status == 409


def test_what_is_not_ours_stays_an_error() -> None:
    with pytest.raises(Exception, match="null value in column"):
        _insert(Node, slug=None)


@pytest.mark.parametrize(
    ("error", "status"), [(Conflict("Taken.", code="taken"), 409), (Invalid("No.", code="no"), 422)]
)
def test_pages_toasts_and_the_api_say_the_same(error: Conflict | Invalid, status: int) -> None:
    middleware = DomainErrorMiddleware(lambda request: None)  # type: ignore[return-value]
    request = RequestFactory().get("/")
    request.user = world.make_user()
    page = middleware.process_exception(request, error)
    assert page is not None
    assert page.status_code == status
    assert error.message in page.content.decode()
    request.htmx = True
    toast = middleware.process_exception(request, error)
    assert toast is not None
    assert (toast.status_code, error.message in toast["HX-Trigger"]) == (status, True)
    problem = handle(error, {})
    assert problem is not None
    assert (problem.status_code, problem.data["code"], problem.data["title"]) == (
        status,
        error.code,
        error.message,
    )
