"""The cartons beside the benches: entered, changed and retired by operators, the same for all nodes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from coop.kernel.errors import Conflict
from fulfillment.models import Carton
from fulfillment.packing.errors import CartonUnclear
from fulfillment.packing.services import (
    CartonDetails,
    bring_back_carton,
    choose_carton,
    retire_carton,
    save_carton,
    start_packing,
)
from tests.world import (
    client_of,
    make_carton,
    make_member,
    make_picked_order,
    make_staff,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.node(slug="kreuzberg", code="KRZ")]
MEDIUM = CartonDetails(
    code="M1", name="Medium box", length_mm=300, width_mm=200, height_mm=150, tare_g=120, max_weight_g=10_000
)


def url(name, node, **kwargs):
    return reverse(f"floor:{name}", kwargs={"node": node.slug, **kwargs})


def form(**changes):
    return {name: str(getattr(MEDIUM, name)) for name in CartonDetails.__dataclass_fields__} | changes


def test_a_carton_is_written_longest_side_first():
    carton = save_carton(
        details=replace(MEDIUM, code=" m1 ", length_mm=150, width_mm=300, height_mm=200), by=None
    )
    assert (carton.code, carton.length_mm, carton.width_mm, carton.height_mm) == ("M1", 300, 200, 150)


@pytest.mark.parametrize(
    ("field", "value"), [("length_mm", 9_000), ("max_weight_g", 900_000), ("tare_g", 10_000)]
)
def test_refuses_a_size_that_cannot_be_and_changes_nothing(field, value):
    carton = save_carton(details=MEDIUM, by=None)
    with pytest.raises(CartonUnclear) as refused:
        save_carton(details=replace(MEDIUM, name="Other", **{field: value}), by=None, carton=carton)
    assert refused.value.field == field
    assert Carton.objects.get().name == "Medium box"


def test_refuses_a_code_that_is_taken():
    save_carton(details=MEDIUM, by=None)
    with pytest.raises(Conflict, match="already has this code"):
        save_carton(details=replace(MEDIUM, code="m1"), by=None)
    assert Carton.objects.count() == 1


def test_a_retired_carton_is_proposed_no_more_until_it_is_brought_back(node, operator):
    carton = make_carton("M")
    order = make_picked_order(make_member(), node, operator)
    parcel = start_packing(order=order, node=node, by=operator)
    assert choose_carton(parcel) == carton
    retire_carton(carton=carton, by=operator)
    assert choose_carton(parcel) is None
    bench = client_of(operator).get(url("bench", node, shipment=parcel.pk)).content.decode()
    assert "Carton M" not in bench
    bring_back_carton(carton=carton, by=operator)
    assert choose_carton(parcel) == carton


def test_an_operator_enters_changes_and_retires_one(node, operator):
    client = client_of(operator)
    assert "No carton on the shelf" in client.get(url("carton-list", node)).content.decode()
    assert client.post(url("carton-new", node), form()).status_code == 302
    carton = Carton.objects.get()
    edit = url("carton-edit", node, carton=carton.pk)
    assert client.post(edit, form(height_mm="180")).status_code == 302
    page = client.get(edit).content.decode()
    assert "Height 150 mm → 180 mm" in page
    assert f"by {operator}" in page
    retire = url("carton-retire", node, carton=carton.pk)
    assert "proposes it any more" in client.get(retire).content.decode()
    assert Carton.objects.get().is_active
    assert client.post(retire).status_code == 302
    assert "Retired" in client.get(url("carton-list", node)).content.decode()
    client.post(url("carton-bring-back", node, carton=carton.pk))
    assert Carton.objects.get().is_active


def test_a_slip_is_shown_at_its_field(node, operator):
    answer = client_of(operator).post(url("carton-new", node), form(tare_g="20000"))
    assert answer.status_code == 422
    assert "bears more than it weighs" in answer.content.decode()
    assert not Carton.objects.exists()


def test_pickers_do_not_change_cartons(node):
    picker = make_user()
    make_staff(picker, "picker", node)
    assert client_of(picker).get(url("carton-list", node)).status_code == 403
