"""Every route, every role, every method, with ids of one's own and of others: nobody sees, counts or infers what is not theirs.

The world is built once; every request runs in a transaction that is taken back. A page that says "not here" is drawn
once for each role, and elsewhere stood in for by its words alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from rest_framework.throttling import UserRateThrottle

from coop import urls
from tests.access import expectations
from tests.access.cast import CANARY, Cast, build
from tests.access.expectations import AIMS, LOGIN, OPEN, ROLES, Aim, Role, expected, model_of, objects_of
from tests.access.routes import METHODS, Route, all_routes

ROUTES = all_routes()
OURS = [route for route in ROUTES if expectations.reason_without_a_door(route) is None]
OTHERS = [route for route in ROUTES if expectations.reason_without_a_door(route) is not None]
HEADS = {"anonymous", "owner of A", "operator at A", "co-op accountant", "steward", "key of A"}
READS = {"GET", "HEAD", "OPTIONS", "TRACE"}
# A statement that certainly writes nothing; after any other PostgreSQL is asked what was written.
HARMLESS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SHOW|SET)\b", re.IGNORECASE)
# The first page of each kind in the admin: the list, the form, the history … of whatever table comes first.
FIRST_OF_KIND: dict[str, Route] = {}
for _route in OTHERS:
    FIRST_OF_KIND.setdefault(_route.name.rpartition("_")[2], _route)


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """One world for all routes; the transaction around it is never committed."""
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            cast = build()
            cast.written = _written()
            yield cast
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The matrix knocks more often in a minute than a key may.
    monkeypatch.setattr(UserRateThrottle, "get_rate", lambda self: None)
    monkeypatch.setattr(urls, "handler404", _not_here)
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def _not_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(str(exception), status=404)


def test_every_view_has_a_door_or_a_reason() -> None:
    lost = [f"{r} ({r.template})" for r in OURS if r.area is None]
    assert not lost, f"views without a door of coop.members.access: {lost}"


def test_every_route_is_known() -> None:
    unknown = [f"{r}: which model is <{p}>?" for r in OURS for p in objects_of(r) if model_of(r, p) is None]
    assert not unknown, f"say it in tests/access/expectations.py: {unknown}"


def test_no_reason_outlives_its_route() -> None:
    used = {why for r in OTHERS if (why := expectations.reason_without_a_door(r))}
    unused = set(expectations.WITHOUT_A_DOOR.values()) - used
    # webhooks/ stands ready before the first webhook does.
    assert unused <= {expectations.WITHOUT_A_DOOR["webhooks/"]}


def test_the_page_that_says_not_here_shows_nothing_of_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    for role in ROLES:
        for url in ("/nowhere/", f"/portal/{cast.members['B'].slug}/orders/"):
            status, body, wrote = _ask(cast, role, "GET", url)
            assert status in ({200} if role.name == "owner of B" else {302, 404}) | {404}, f"{role} {url}"
            assert not _is_of_a(role) or CANARY.encode() not in body, f"{role} {url}"
            assert not wrote


@pytest.mark.parametrize("route", OURS, ids=str)
def test_each_role_gets_what_the_rule_says(route: Route, cast: Cast) -> None:
    wrong = []
    for aim in _aims(route):
        url = cast.url(route, aim)
        if url is None:
            wrong.append(
                f"the cast has no row of {[model_of(route, p) for p in objects_of(route)]} for {aim}"
            )
            continue
        for role in ROLES:
            for method in _methods(route, role, aim):
                wrong += _knock(cast, route, role, method, aim, url)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("route", OTHERS, ids=str)
def test_views_of_others_keep_their_own_doors(route: Route, cast: Cast) -> None:
    values = {param: _stand_in(route, param, cast) for param in route.params}
    url = route.url(values)
    wrong = []
    for role in ROLES:
        for method in _methods_of_others(route, role):
            status, body, wrote = _ask(cast, role, method, url)
            told = f"{role} {method} {url}: {status}"
            if status >= 500:
                wrong.append(told)
            if _is_of_a(role) and CANARY.encode() in body:
                wrong.append(f"{told} shows a row of member B")
            if (
                route.template.startswith("admin/")
                and role.place != "network"
                and not _admin_refuses(route, status)
            ):
                wrong.append(f"{told}, and only stewards may enter the admin")
            if method in READS and wrote - expectations.WRITES_ON_GET.get(
                route.template.split("/")[0] + "/", set()
            ):
                wrong.append(f"{told} wrote to {wrote}")
    assert not wrong, "\n".join(wrong)


def _aims(route: Route) -> list[Aim]:
    """Without objects the place alone matters; without a place the objects alone."""
    if objects_of(route):
        return [aim for aim in AIMS if route.area in {"portal", "floor"} or aim.place == aim.objects]
    return [aim for aim in AIMS if aim.place == aim.objects and (route.params or aim.place == "A")]


def _methods(route: Route, role: Role, aim: Aim) -> tuple[str, ...]:
    """Every method at the first place, with its own objects; elsewhere those that the view answers to.

    A stranger is refused before the method is looked at: one method the view does not know is enough to see that.
    """
    answered = tuple(m for m in METHODS if m in route.methods and m != "HEAD")
    if aim != AIMS[0]:
        return answered
    if expected(route, role, "GET", aim) in {LOGIN, 401, 404}:
        return (*answered, "PATCH")
    # HEAD is GET without the body: one of each area asks.
    return METHODS if role.name in HEADS else tuple(m for m in METHODS if m != "HEAD")


def _methods_of_others(route: Route, role: Role) -> tuple[str, ...]:
    """In the admin every method and role at the first page of each kind: one wrapper refuses, whatever the table.

    At the same page of every other table everybody asks, and who may enter posts as well.
    """
    if route.template.startswith("admin/") and route not in FIRST_OF_KIND.values():
        return ("GET", "POST") if role.place == "network" else ("GET",)
    return METHODS if role.name in {"anonymous", "owner of A", "steward"} else ("GET", "POST")


def _knock(cast: Cast, route: Route, role: Role, method: str, aim: Aim, url: str) -> list[str]:
    want = expected(route, role, method, aim)
    status, body, wrote = _ask(cast, role, method, url)
    told = f"{role} {method} {url} ({aim}): {status}, expected {want}"
    wrong = []
    if not _is(want, status, route, method):
        wrong.append(told)
    if _is_of_a(role) and CANARY.encode() in body:
        wrong.append(f"{told}; and it shows a row of member B")
    allowed = expectations.WRITES_ON_GET.get(
        route.name, expectations.WRITES_ON_GET.get(route.area or "", set())
    )
    if method in READS and wrote - allowed:
        wrong.append(f"{told}; and reading wrote to {sorted(wrote - allowed)}")
    if want != OPEN and wrote - allowed:
        wrong.append(f"{told}; and a refusal wrote to {sorted(wrote - allowed)}")
    return wrong


def _is(want: str | int, status: int, route: Route, method: str) -> bool:
    if want == LOGIN:
        return status == 302
    if want == OPEN and method in {"GET", "HEAD"}:
        return status in expectations.GET_ANSWERS.get(route.name, {200})
    if want == OPEN:
        return status < 500 and status not in {401, 403, 404, 405}
    return status == want


def _ask(cast: Cast, role: Role, method: str, url: str) -> tuple[int, bytes, set[str]]:
    """Status, body and the tables that were written to; the world is as before."""
    client = cast.clients[role.name]
    kept = client.cookies.copy()
    touched: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not HARMLESS.match(sql):
            touched.append(sql)
        return execute(sql, *rest)

    with transaction.atomic():
        body = (
            {} if method in {"GET", "HEAD", "TRACE"} else {"content_type": "application/json", "data": "{}"}
        )
        if method == "POST" and role.place != "api" and not url.startswith("/api/"):
            body = {}
        with connection.execute_wrapper(watch):
            response = client.generic(method, url, **_payload(body), headers=cast.headers[role.name])
        content = b"".join(response.streaming_content) if response.streaming else response.content
        if response.status_code == 302 and "/accounts/login/" in response["Location"]:
            content = b""
        wrote = _newly_written(cast) if touched else set()
        transaction.set_rollback(True)
    client.cookies = kept
    return response.status_code, content, wrote


def _newly_written(cast: Cast) -> set[str]:
    """The tables that were written to since this was last asked."""
    before, cast.written = cast.written, _written()
    return {table for table, count in cast.written.items() if count > before.get(table, 0)}


def _is_of_a(role: Role) -> bool:
    """Staff see the goods of everyone at their node; a member's people and keys, and strangers, see nothing of B's."""
    return (role.home == "A" and role.place in {"portal", "api"}) or role.place == ""


def _payload(body: dict[str, str]) -> dict[str, Any]:
    return body or {"content_type": "application/x-www-form-urlencoded", "data": ""}


def _written() -> dict[str, int]:
    """Rows written to each table in this transaction so far, as PostgreSQL counts them (rolled back ones as well)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())


def _stand_in(route: Route, param: str, cast: Cast) -> str:
    """Something for a parameter of a view that is not ours; in the admin a row of member B."""
    if route.template.startswith("admin/") and param == "object_id" and route.name != "admin:view_on_site":
        return cast.admin_row(route.template) or "00000000-0000-4000-8000-000000000000"
    if route.name == "admin:view_on_site":
        theirs = cast.members["B"]
        kind = str(ContentType.objects.get_for_model(theirs).pk)
        return {"content_type_id": kind, "object_id": str(theirs.pk)}[param]
    return {"app_label": "coop", "url": "nowhere"}.get(param, "1")


def _admin_refuses(route: Route, status: int) -> bool:
    entrance = route.name in {"admin:login", "admin:logout", "admin:jsi18n"}
    return entrance or status in {302, 403, 404, 405}
