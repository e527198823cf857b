from __future__ import annotations

import json

import pytest
from django.test import Client

from fulfillment.models import Order
from fulfillment.orders.services import PickedPart
from tests import world
from tests.fulfillment.test_orders_handling import carry, note_picked, wave

pytestmark = pytest.mark.django_db

BODY = {
    "number": "#1001",
    "placed_at": "2026-11-20T10:00:00+01:00",
    "buyer_name": "Ada Lovelace",
    "street": "Weserstraße 7",
    "postcode": "12047",
    "city": "Berlin",
    "country": "DE",
    "lines": [{"sku": "MUG", "quantity": 2, "unit_price": "24.00"}],
}


class Shop:
    """A machine with a member's key."""

    def __init__(self, member) -> None:
        _, token = world.make_api_key(member)
        self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method, path, body=None, **headers):
        return Client().generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={**self.headers, **headers},
        )


@pytest.fixture
def member():
    member = world.make_member()
    node = world.make_node(slug="kreuzberg")
    world.make_stock(world.make_sku(member, code="MUG"), world.shelf_bins(node)[0], 5)
    return member


@pytest.fixture
def shop(member):
    return Shop(member)


def test_places_and_allocates_one_order(shop):
    answer = shop("POST", "orders/", BODY, **{"Idempotency-Key": "k1"})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["number"], body["state"], body["lines"][0]["quantity_allocated"]) == (
        "#1001",
        "allocated",
        2,
    )
    assert shop("GET", f"orders/{body['id']}/").json() == body


def test_the_number_decides(shop):
    first = shop("POST", "orders/", BODY).json()
    again = shop("POST", "orders/", BODY)
    assert (again.status_code, again.json()) == (200, first)
    other = shop("POST", "orders/", {**BODY, "city": "Potsdam"})
    assert (other.status_code, other.json()["code"]) == (409, "order_changed")
    assert other.headers["Content-Type"].startswith("application/problem+json")
    assert Order.objects.get().city == "Berlin"


def test_a_shop_that_says_no_time_tells_the_same_order_again(shop):
    unsaid = {name: value for name, value in BODY.items() if name != "placed_at"}
    first = shop("POST", "orders/", unsaid)
    again = shop("POST", "orders/", unsaid)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())


def test_places_many_or_none(shop):
    bodies = [{**BODY, "number": f"#{n}"} for n in range(3)]
    bad = [
        *bodies,
        {**BODY, "number": "#9", "lines": [{"sku": "MUG", "quantity": 1}, {"sku": "NOPE", "quantity": 1}]},
    ]
    refused = shop("POST", "orders/", bad)
    assert refused.status_code == 422
    assert [e["field"] for e in refused.json()["errors"]] == ["3.lines.1.sku"]
    assert Order.objects.count() == 0
    placed = shop("POST", "orders/", bodies).json()
    assert [o["number"] for o in placed["created"]] == ["#0", "#1", "#2"]
    again = shop("POST", "orders/", [*bodies, {**BODY, "number": "#3"}])
    assert (again.status_code, again.json()["known"], len(again.json()["created"])) == (
        201,
        ["#0", "#1", "#2"],
        1,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "NOPE", "quantity": 1}]}, "lines.0.sku"),
        ({"country": "Germany"}, "country"),
        ({"city": ""}, "city"),
        ({"latitude": "52.5"}, "longitude"),
        ({"placed_at": "soon"}, "placed_at"),
    ],
)
def test_names_the_field_that_is_wrong(shop, change, field):
    answer = shop("POST", "orders/", {**BODY, **change})
    assert answer.status_code == 422
    assert field in [
        error["field"].replace("lines.non_field_errors", "lines") for error in answer.json()["errors"]
    ]
    assert Order.objects.count() == 0


def test_lists_by_page_state_and_time(shop):
    for n in range(5):
        shop("POST", "orders/", {**BODY, "number": f"#{n}", "placed_at": f"2026-11-2{n}T10:00:00Z"})
    page = shop("GET", "orders/?limit=3").json()
    assert [o["number"] for o in page["results"]] == ["#4", "#3", "#2"]
    rest = shop("GET", page["next"].split("/api/v1/")[1]).json()
    assert ([o["number"] for o in rest["results"]], rest["next"]) == (["#1", "#0"], None)
    assert len(shop("GET", "orders/?state=waiting").json()["results"]) == 3
    assert len(shop("GET", "orders/?since=2026-11-23T00:00:00Z").json()["results"]) == 2
    assert len(shop("GET", "orders/?number=%232").json()["results"]) == 1
    for bad in ("state=lost", "since=soon", "limit=0", "limit=x"):
        assert shop("GET", f"orders/?{bad}").status_code == 422


def test_cancels_once_and_for_all(shop):
    pk = shop("POST", "orders/", BODY).json()["id"]
    for _ in range(2):
        assert shop("DELETE", f"orders/{pk}/").status_code == 204
    assert shop("GET", f"orders/{pk}/").json()["state"] == "cancelled"


def test_refuses_to_cancel_what_is_picked(shop):
    pk = shop("POST", "orders/", BODY).json()["id"]
    allocation = wave(Order.objects.get())
    carry(allocation, 2)
    note_picked(picks=[PickedPart(allocation.pk, 2)])
    answer = shop("DELETE", f"orders/{pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late_to_cancel")
    assert Order.objects.get().state == "picked"


def test_another_members_orders_and_stock_are_not_there(shop):
    pk = shop("POST", "orders/", BODY).json()["id"]
    other = Shop(world.make_member())
    assert other("GET", f"orders/{pk}/").status_code == 404
    assert other("DELETE", f"orders/{pk}/").status_code == 404
    assert other("GET", "orders/").json()["results"] == []
    assert other("GET", "stock/").json()["results"] == []
    assert Order.objects.get().state == "allocated"


def test_stock_says_what_can_be_sold(shop):
    shop("POST", "orders/", BODY)
    assert shop("GET", "stock/?sku=MUG").json()["results"] == [
        {
            "sku": "MUG",
            "title": Order.objects.get().lines.get().sku.title,
            "available": 3,
            "nodes": [{"node": "kreuzberg", "on_hand": 5, "allocated": 2, "available": 3}],
        }
    ]


def test_without_a_key_nothing():
    assert Client().get("/api/v1/orders/").status_code == 401


def test_the_schema_is_whole(capsys):
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.validation import validate_schema

    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    assert {"/api/v1/orders/", "/api/v1/orders/{id}/", "/api/v1/stock/"} <= schema["paths"].keys()
    one_or_many = schema["components"]["schemas"]["OneOrManyOrders"]["oneOf"]
    assert any(option.get("type") == "array" for option in one_or_many)
    assert "Warning" not in capsys.readouterr().err
