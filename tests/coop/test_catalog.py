"""SKUs and packing specs: the services, the API, and what happens when two people save at once."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from coop.catalog import services
from coop.catalog.inputs import gtin_problem
from coop.catalog.models import PackingSpec, PackingSpecVersion, Sku
from coop.catalog.services import Saved, SkuInput, SkusRefused, StepInput
from coop.catalog.steps import StepDraft, differences
from coop.kernel.errors import Conflict, DomainError
from tests.world import make_api_key, make_member, make_sku

MUG = SkuInput("MUG-1", "Mug", 120, 100, 100, 400, Decimal("24.00"), gtin="4006381333931")
WRAP, SEAL = StepInput("Wrap it.", "wrap"), StepInput("Seal it.", "seal")


@given(st.integers(0, 10**13 - 1), st.sampled_from([7, 11, 12, 13]), st.integers(0, 9))
def test_a_gtin_is_right_exactly_when_its_last_digit_is(number: int, length: int, last: int) -> None:
    digits = str(number)[-length:].zfill(length)
    assert (gtin_problem(f"{digits}{last}") is None) == (ean.calc_check_digit(digits) == str(last))


@pytest.mark.django_db
def test_saves_new_and_known_in_one_go() -> None:
    member = make_member()
    assert services.save_skus(member=member, skus=[MUG], by=None) == Saved(1, 0, 0)
    more = [MUG, replace(MUG, code="MUG-2", gtin=""), replace(MUG, code="MUG-3", gtin="")]
    assert services.save_skus(member=member, skus=more, by=None) == Saved(2, 0, 1)
    assert services.save_skus(member=member, skus=[replace(more[1], weight_g=500)], by=None) == Saved(0, 1, 0)
    assert Sku.objects.get(code="MUG-2").weight_g == 500


@pytest.mark.django_db
def test_what_does_not_change_leaves_no_history() -> None:
    member = make_member()
    for _ in range(3):
        services.save_skus(member=member, skus=[MUG], by=None)
    assert Sku.objects.get().events.count() == 1


@pytest.mark.django_db
def test_thousands_of_skus_take_few_queries() -> None:
    member = make_member()
    skus = [replace(MUG, code=f"S-{n}", gtin="") for n in range(4000)]
    with CaptureQueriesContext(connection) as queries:
        services.save_skus(member=member, skus=skus, by=None)
    assert len(queries) < 12
    assert Sku.objects.count() == 4000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"gtin": "4006381333932"}, "gtin"),
        ({"length_mm": 0}, "length_mm"),
        ({"weight_g": 0}, "weight_g"),
        ({"value_amount": Decimal(-1)}, "value_amount"),
        ({"title": ""}, "title"),
        ({"code": ""}, "code"),
        ({"velocity_class": "fast"}, "velocity_class"),
        ({"storage_class": "hot"}, "storage_class"),
    ],
)
def test_one_wrong_sku_keeps_all_out(wrong: dict[str, Any], field: str) -> None:
    member = make_member()
    with pytest.raises(SkusRefused) as refusal:
        services.save_skus(
            member=member, skus=[replace(MUG, code="FINE", gtin=""), replace(MUG, **wrong)], by=None
        )
    assert refusal.value.field == field
    assert refusal.value.problems[0][0] == 1
    assert not Sku.objects.exists()


@pytest.mark.django_db
def test_the_packing_spec_of_somebody_else_is_refused() -> None:
    theirs = services.save_packing_spec(
        member=make_member(), name="X", steps=[WRAP], is_default=False, by=None
    )
    with pytest.raises(SkusRefused, match="none of your packing specs"):
        services.save_skus(member=make_member(), skus=[replace(MUG, packing_spec_id=theirs.spec_id)], by=None)
    assert not Sku.objects.exists()


@pytest.mark.django_db
def test_the_gtin_of_another_sku_is_a_conflict() -> None:
    member = make_member()
    services.save_skus(member=member, skus=[MUG], by=None)
    with pytest.raises(Conflict, match="already has this GTIN"):
        services.save_skus(member=member, skus=[replace(MUG, code="MUG-2")], by=None)
    assert Sku.objects.count() == 1


def test_two_imports_at_once_neither_double_nor_deadlock(fresh_db: str) -> None:
    member = make_member()
    skus = [replace(MUG, code=f"S-{n}", gtin="") for n in range(500)]
    errors: list[DomainError] = []
    gate = threading.Barrier(2)

    def save(order: list[SkuInput]) -> None:
        gate.wait()
        try:
            services.save_skus(member=member, skus=order, by=None)
        except DomainError as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save, args=(order,)) for order in (skus, skus[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Sku.objects.filter(member=member).count() == 500


# Packing specs


@pytest.mark.django_db
def test_saving_makes_the_next_version_and_keeps_the_one_before() -> None:
    member = make_member()
    first = services.save_packing_spec(
        member=member, name="Mugs", steps=[WRAP, SEAL], is_default=True, by=None
    )
    second = services.save_packing_spec(
        member=member, name="Mugs", steps=[SEAL], is_default=True, by=None, spec=first.spec
    )
    assert (first.number, second.number) == (1, 2)
    assert [step.instruction for step in first.steps.all()] == ["Wrap it.", "Seal it."]
    same = services.save_packing_spec(
        member=member, name="Fine mugs", steps=[SEAL], is_default=True, by=None, spec=first.spec
    )
    assert same == second, "another name is no other way of packing"
    assert PackingSpec.objects.get().name == "Fine mugs"


@pytest.mark.django_db
def test_what_is_in_force_is_the_own_spec_else_the_default_else_none() -> None:
    member, plain = make_member(), make_member()
    own = services.save_packing_spec(member=member, name="Own", steps=[WRAP], is_default=False, by=None)
    default = services.save_packing_spec(member=member, name="All", steps=[SEAL], is_default=True, by=None)
    newer = services.save_packing_spec(
        member=member, name="All", steps=[WRAP, SEAL], is_default=True, by=None, spec=default.spec
    )
    skus = [make_sku(member, packing_spec=own.spec), make_sku(member), make_sku(plain)]
    with CaptureQueriesContext(connection) as queries:
        found = services.spec_in_force([sku.pk for sku in skus])
        assert [len(v.steps.all()) if v else 0 for v in found.values()] == [1, 2, 0]
    assert len(queries) == 4
    assert found == {skus[0].pk: own, skus[1].pk: newer, skus[2].pk: None}


def test_of_two_who_save_at_once_one_is_told_to_look(fresh_db: str) -> None:
    member = make_member()
    first = services.save_packing_spec(member=member, name="Mugs", steps=[WRAP], is_default=False, by=None)
    gate = threading.Barrier(2)
    outcomes: list[str] = []

    def save(words: str) -> None:
        gate.wait()
        try:
            services.save_packing_spec(
                member=member, name="Mugs", steps=[StepInput(words)], is_default=False, by=None,
                spec=PackingSpec.objects.get(pk=first.spec_id), seen_version=1,
            )  # fmt: skip
            outcomes.append("saved")
        except Conflict as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save, args=(words,)) for words in ("Maya's way.", "Ben's way.")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", "version_taken"]
    assert PackingSpecVersion.objects.count() == 2
    assert PackingSpecVersion.objects.get(number=2).steps.count() == 1


@pytest.mark.django_db
def test_only_one_spec_is_the_default() -> None:
    member = make_member()
    services.save_packing_spec(member=member, name="A", steps=[WRAP], is_default=True, by=None)
    services.save_packing_spec(member=member, name="B", steps=[WRAP], is_default=True, by=None)
    assert list(PackingSpec.objects.filter(is_default=True).values_list("name", flat=True)) == ["B"]
    with pytest.raises(Conflict, match="already have a packing spec of that name"):
        services.save_packing_spec(member=member, name="A", steps=[WRAP], is_default=True, by=None)
    assert PackingSpec.objects.get(is_default=True).name == "B", "a refusal leaves the default where it was"


def test_the_difference_reads_in_order() -> None:
    old = [StepDraft("Wrap."), StepDraft("Fill."), StepDraft("Seal.")]
    new = [StepDraft("Wrap."), StepDraft("Add a card."), StepDraft("Seal.")]
    assert [(change.change, change.step.instruction) for change in differences(old, new)] == [
        ("same", "Wrap."),
        ("removed", "Fill."),
        ("added", "Add a card."),
        ("same", "Seal."),
    ]


# The API

BODY = {
    "title": "Mug",
    "length_mm": 120,
    "width_mm": 100,
    "height_mm": 100,
    "weight_g": 400,
    "value_amount": "24.00",
}


@pytest.fixture
def api() -> Any:
    member = make_member()
    _, token = make_api_key(member)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    client.member = member
    return client


def put(client: Client, code: str, **changes: Any) -> Any:
    return client.put(
        f"/api/v1/skus/{code}/", json.dumps({**BODY, **changes}), content_type="application/json"
    )


@pytest.mark.django_db
def test_put_creates_then_updates_and_twice_is_once(api: Any) -> None:
    assert put(api, "MUG 1").status_code == 201
    again = put(api, "MUG 1")
    assert (again.status_code, again.json()["code"], again.json()["value_amount"]) == (200, "MUG 1", "24.00")
    assert put(api, "MUG 1", weight_g=500).json()["weight_g"] == 500
    assert Sku.objects.get().events.count() == 2
    assert api.get("/api/v1/skus/MUG 1/").json()["weight_g"] == 500


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code",
    ["TEA/GREEN", "A/B/C", "50%", "a%2Fb", "WHO?", "NO #1", "GRÜN/ß", "a+b;c=d", ".5/..x"],
)
def test_every_code_has_an_address(api: Any, code: str) -> None:
    """Sent percent-encoded as a whole, or with its slashes as they are: both are the one SKU."""
    whole, by_parts = quote(code, safe=""), quote(code)
    assert put(api, whole).status_code == 201
    assert put(api, by_parts, weight_g=500).status_code == 200
    assert Sku.objects.get().code == code
    for address in (whole, by_parts):
        assert api.get(f"/api/v1/skus/{address}/").json()["weight_g"] == 500


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["/A", "A/", "A//B", "A/./B", "A/../B", ".", ".."])
def test_a_code_whose_address_would_become_another_is_refused(api: Any, code: str) -> None:
    answer = put(api, quote(code, safe=""))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "code"
    assert not Sku.objects.exists()


@pytest.mark.django_db
def test_a_code_beyond_the_list_is_not_the_list(api: Any) -> None:
    make_sku(api.member, code="TEA/GREEN")
    assert api.get("/api/v1/skus/TEA/").status_code == 404
    assert api.get("/api/v1/skus//").status_code == 404


@pytest.mark.django_db
def test_the_api_says_what_is_wrong_in_one_shape(api: Any) -> None:
    answer = put(api, "A", gtin="4006381333932")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "gtin"
    answer = put(api, "A", length_mm=0, packing_spec="Nobody's")
    assert {error["field"] for error in answer.json()["errors"]} == {"length_mm", "packing_spec"}
    assert not Sku.objects.exists()


@pytest.mark.django_db
def test_the_api_lists_page_by_page_and_only_its_member(api: Any) -> None:
    make_sku(make_member(), code="THEIRS")
    for number in range(101):
        make_sku(api.member, code=f"S-{number:03}")
    first = api.get("/api/v1/skus/").json()
    assert (len(first["results"]), first["previous"]) == (100, None)
    second = api.get(first["next"]).json()
    assert [row["code"] for row in second["results"]] == ["S-100"]
    assert api.get("/api/v1/skus/THEIRS/").status_code == 404
    assert Client().get("/api/v1/skus/").status_code == 401


@pytest.mark.django_db
def test_a_packing_spec_is_named(api: Any) -> None:
    services.save_packing_spec(member=api.member, name="Mugs", steps=[WRAP], is_default=False, by=None)
    assert put(api, "A", packing_spec="Mugs").json()["packing_spec"] == "Mugs"
    assert put(api, "A", packing_spec=None).json()["packing_spec"] is None
