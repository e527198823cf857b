"""Every route, every role, every method, with ids of one's own and of others: nobody sees, counts or infers what is not theirs.

The world is built once for each worker; every knock is taken back. No cell is left out: what makes a hundred thousand of
them affordable is in `tests/access/knocking.py`. A page that says "not here" is drawn once for each role, and elsewhere
stood in for by its words alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from coop import urls
from coop.members.models import Invitation, Member
from coop.members.throttling import KeyThrottle
from tests.access import expectations
from tests.access.cast import CANARY, Cast, build
from tests.access.expectations import AIMS, LOGIN, OPEN, ROLES, Aim, Role, expected, model_of, objects_of
from tests.access.knocking import READS, Answer, Caller, Doorbell, people_read_once
from tests.access.routes import METHODS, Route, all_routes

ROUTES = all_routes()
OURS = [route for route in ROUTES if expectations.reason_without_a_door(route) is None]
OTHERS = [route for route in ROUTES if expectations.reason_without_a_door(route) is not None]
MODELS = [model._meta.label_lower for model in apps.get_models()]
NO_ROW = "00000000-0000-4000-8000-000000000000"


class House:
    """The world of the matrix, and the bell at its door."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.bell = Doorbell()
        self._callers = {r.name: Caller.of(cast.clients[r.name], cast.headers[r.name]) for r in ROLES}

    def ask(self, role: Role, method: str, url: str) -> Answer:
        form = method == "POST" and role.place != "api" and not url.startswith("/api/")
        return self.bell.ring(self._callers[role.name], method, url, form=form)


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """One world for all routes; the transaction around it is never committed."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            cast = build()
            with people_read_once(patch):
                yield House(cast)
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


@pytest.fixture(scope="module")
def cast(house: House) -> Cast:
    return house.cast


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The matrix knocks more often in a minute than a key may.
    monkeypatch.setattr(KeyThrottle, "allow_request", lambda self, request, view: True)
    monkeypatch.setattr(urls, "handler404", _not_here)
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def _not_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(str(exception), status=404)


def test_every_view_has_a_door_or_a_reason() -> None:
    lost = [f"{r} ({r.template})" for r in OURS if r.area is None]
    assert not lost, f"views without a door of coop.identity.doors: {lost}"


def test_every_route_is_known() -> None:
    unknown = [f"{r}: which model is <{p}>?" for r in OURS for p in objects_of(r) if model_of(r, p) is None]
    assert not unknown, f"say it in tests/access/expectations.py: {unknown}"


def test_no_reason_outlives_its_route() -> None:
    used = {why for r in OTHERS if (why := expectations.reason_without_a_door(r))}
    unused = set(expectations.WITHOUT_A_DOOR.values()) - used
    # webhooks/ stands ready before the first webhook does.
    assert unused <= {expectations.WITHOUT_A_DOOR["webhooks/"]}


def test_the_page_that_says_not_here_shows_nothing_of_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    for role in ROLES:
        for url in ("/nowhere/", f"/portal/{house.cast.members['B'].slug}/orders/"):
            answer = house.ask(role, "GET", url)
            allowed = ({200} if role.name == "owner of B" else {302, 404}) | {404}
            assert answer.status in allowed, f"{role} {url}"
            assert not _is_of_a(role) or CANARY.encode() not in answer.body, f"{role} {url}"
            assert not answer.wrote


def test_a_knock_that_writes_is_seen_and_taken_back(house: House) -> None:
    """The negative control of the doorbell: what it would overlook, the matrix would."""
    [route] = [r for r in OURS if r.name == "network:staff-invitation-withdraw"]
    [steward] = [role for role in ROLES if role.name == "steward"]
    before = set(Invitation.objects.values_list("pk", "closed_at"))
    for _ in range(2):
        answer = house.ask(steward, "POST", house.cast.url(route, AIMS[0]) or "")
        assert answer.status == 302
        assert "coop_invitation" in answer.wrote
        assert set(Invitation.objects.values_list("pk", "closed_at")) == before
    assert not house.ask(steward, "GET", "/network/").wrote


def test_what_is_told_from_memory_is_what_the_database_says(house: House) -> None:
    """The control of the doorbell's memory: after writes and reads, PostgreSQL is asked all of it again."""
    [owner] = [role for role in ROLES if role.name == "owner of A"]
    [steward] = [role for role in ROLES if role.name == "steward"]
    [withdraw] = [r for r in OURS if r.name == "network:staff-invitation-withdraw"]
    front = f"/portal/{house.cast.members['A'].slug}/orders/"
    first = house.ask(owner, "GET", front)
    house.ask(steward, "POST", house.cast.url(withdraw, AIMS[0]) or "")
    again = house.ask(owner, "GET", front)
    assert first.status == again.status == 200
    assert len(house.bell.memory) > 3
    assert not house.bell.memory.forgotten()
    Member.objects.filter(pk=house.cast.members["A"].pk).update(name="Somebody else")
    try:
        assert house.bell.memory.forgotten(), "a world that changed would go unseen"
    finally:
        Member.objects.filter(pk=house.cast.members["A"].pk).update(name=house.cast.members["A"].name)
        house.bell.overlook()


def test_no_cell_is_left_out() -> None:
    """Every address is knocked at by every role with every method; the addresses are counted here."""
    assert len(ROLES) == 12
    assert set(METHODS) >= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    for route in OURS:
        wanted = {"A", "B"} if objects_of(route) else {"A"}
        assert {aim.objects for aim in _aims(route)} >= wanted, route
        assert {aim.place for aim in _aims(route)} >= ({"A", "B"} if route.params else {"A"}), route


@pytest.mark.parametrize("route", OURS, ids=str)
def test_each_role_gets_what_the_rule_says(route: Route, house: House) -> None:
    wrong = []
    for aim in _aims(route):
        url = house.cast.url(route, aim)
        if url is None:
            wrong.append(
                f"the cast has no row of {[model_of(route, p) for p in objects_of(route)]} for {aim}"
            )
            continue
        for role in ROLES:
            for method in METHODS:
                wrong += _knock(house, route, role, method, aim, url)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("route", OTHERS, ids=str)
def test_views_of_others_keep_their_own_doors(route: Route, house: House) -> None:
    addresses = {route.url({p: _stand_in(route, p, house.cast, side) for p in route.params}) for side in "AB"}
    _knock_at_others(house, route, sorted(addresses))


@pytest.mark.parametrize("label", MODELS)
def test_no_table_breaks_the_admins_way_from_a_row_to_its_page(label: str, house: House) -> None:
    """Whatever the table: of A, of B, and by a key that is none."""
    [route] = [r for r in OTHERS if r.name == "admin:view_on_site"]
    kind = ContentType.objects.get_for_model(apps.get_model(label), for_concrete_model=False)
    rows = {house.cast.row_of(label, side) or NO_ROW for side in "AB"} | {"nowhere"}
    addresses = [route.url({"content_type_id": str(kind.pk), "object_id": row}) for row in sorted(rows)]
    _knock_at_others(house, route, addresses)


def _aims(route: Route) -> list[Aim]:
    """Without objects the place alone matters; without a place the objects alone."""
    if objects_of(route):
        return [aim for aim in AIMS if route.area in {"portal", "floor"} or aim.place == aim.objects]
    return [aim for aim in AIMS if aim.place == aim.objects and (route.params or aim.place == "A")]


def _knock(house: House, route: Route, role: Role, method: str, aim: Aim, url: str) -> list[str]:
    want = expected(route, role, method, aim)
    answer = house.ask(role, method, url)
    told = f"{role} {method} {url} ({aim}): {answer.status}, expected {want}"
    wrong = []
    if not _is(want, answer.status, route, method):
        wrong.append(told)
    if _is_of_a(role) and CANARY.encode() in answer.body:
        wrong.append(f"{told}; and it shows a row of member B")
    allowed = expectations.WRITES_ON_GET.get(
        route.name, expectations.WRITES_ON_GET.get(route.area or "", set())
    )
    if method in READS and answer.wrote - allowed:
        wrong.append(f"{told}; and reading wrote to {sorted(answer.wrote - allowed)}")
    if want != OPEN and answer.wrote - allowed:
        wrong.append(f"{told}; and a refusal wrote to {sorted(answer.wrote - allowed)}")
    return wrong


def _knock_at_others(house: House, route: Route, addresses: Iterable[str]) -> None:
    """Nothing breaks, nothing of B's shows, reading writes nothing; and into the admin come stewards alone."""
    wrong = []
    may_write = expectations.WRITES_ON_GET.get(route.template.split("/")[0] + "/", set())
    for url in addresses:
        for role in ROLES:
            for method in METHODS:
                answer = house.ask(role, method, url)
                told = f"{role} {method} {url}: {answer.status}"
                if answer.status >= 500:
                    wrong.append(told)
                if _is_of_a(role) and CANARY.encode() in answer.body:
                    wrong.append(f"{told} shows a row of member B")
                if _is_of_the_admin(route) and role.place != "network":
                    if not _admin_refuses(route, answer.status):
                        wrong.append(f"{told}, and only stewards may enter the admin")
                    if answer.wrote - may_write:
                        wrong.append(f"{told}, and a refusal wrote to {sorted(answer.wrote)}")
                if method in READS and answer.wrote - may_write:
                    wrong.append(f"{told} wrote to {sorted(answer.wrote)}")
    assert not wrong, "\n".join(wrong)


def _is(want: str | int, status: int, route: Route, method: str) -> bool:
    if want == LOGIN:
        return status == 302
    if want == OPEN and method in {"GET", "HEAD"}:
        return status in expectations.GET_ANSWERS.get(route.name, {200})
    if want == OPEN:
        return status < 500 and status not in {401, 403, 404, 405}
    return status == want


def _is_of_a(role: Role) -> bool:
    """Staff see the goods of everyone at their node; a member's people and keys, and strangers, see nothing of B's."""
    return (role.home == "A" and role.place in {"portal", "api"}) or role.place == ""


def _stand_in(route: Route, param: str, cast: Cast, whose: str) -> str:
    """Something for a parameter of a view that is not ours; in the admin a row of that member."""
    if route.name == "admin:view_on_site":
        theirs = cast.members[whose]
        kind = str(ContentType.objects.get_for_model(theirs).pk)
        return {"content_type_id": kind, "object_id": str(theirs.pk)}[param]
    if _is_of_the_admin(route) and param == "object_id":
        return cast.row_of(".".join(route.template.split("/")[1:3]), whose) or NO_ROW
    return {"app_label": "coop", "url": "nowhere"}.get(param, "1")


def _is_of_the_admin(route: Route) -> bool:
    return route.template.startswith("admin/")


def _admin_refuses(route: Route, status: int) -> bool:
    entrance = route.name in {"admin:login", "admin:logout", "admin:jsi18n"}
    return entrance or status in {302, 403, 404, 405}
