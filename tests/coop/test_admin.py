"""The admin: stewards look at everything and change nothing."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Client:
    user = world.make_user()
    world.make_staff(user, "steward")
    return world.client_of(user)


OWN = [
    m
    for m in apps.get_models()
    if m._meta.app_label in {"coop", "fulfillment", "billing"} and not hasattr(m, "pgh_id")
]


def test_every_table_can_be_looked_at(office: Client) -> None:
    world.make_sku(world.make_member())
    world.make_node()
    world.make_api_key(world.make_member())
    for model in OWN:
        assert admin.site.is_registered(model), model
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert office.get(path).status_code == 200, path
        assert office.get(path, {"q": "x"}).status_code == 200, path
        first = model._default_manager.first()
        if first is not None:
            page = office.get(f"{path}{first.pk}/change/")
            assert page.status_code == 200, path
            assert 'name="_save"' not in page.content.decode()


def test_nothing_can_be_changed(office: Client) -> None:
    member = world.make_member(slug="tidehouse")
    path = f"/admin/coop/member/{member.pk}/"
    assert office.get("/admin/coop/member/add/").status_code == 403
    assert office.post(f"{path}change/", {"name": "Taken over"}).status_code == 403
    assert office.post(f"{path}delete/", {"post": "yes"}).status_code == 403
    member.refresh_from_db()
    assert member.name == "Tidehouse"


def test_no_secret_is_shown(office: Client) -> None:
    key, token = world.make_api_key(world.make_member())
    page = office.get(f"/admin/coop/apikey/{key.pk}/change/").content.decode()
    assert key.digest not in page
    user = world.make_user()
    assert user.password not in office.get(f"/admin/coop/user/{user.pk}/change/").content.decode()
    assert token not in page


def test_the_way_in_is_our_own(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    owner = world.make_user()
    world.make_member(owner=owner)
    assert world.client_of(owner).get("/admin/").status_code in {302, 403}


def test_a_row_without_a_page_on_the_site_is_not_found(office: Client) -> None:
    """History is read from a view that is no table, and a key that is none fits no column: neither breaks the page."""
    member = world.make_member()
    for label, key in (("pghistory.events", "1"), ("coop.member", str(member.pk)), ("coop.member", "x")):
        kind = ContentType.objects.get_for_model(apps.get_model(label))
        assert office.get(f"/admin/r/{kind.pk}/{key}/").status_code == 404, label
    for no_kind in ("0", "99999999999999999999", "word"):
        assert office.get(f"/admin/r/{no_kind}/1/").status_code == 404, no_kind
