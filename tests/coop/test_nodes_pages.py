"""Stewards set up a node; the street reads about it."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

import pytest
from django.test import Client

from coop.kernel import clock
from coop.nodes import services
from coop.nodes.models import Node
from tests import world

pytestmark = pytest.mark.django_db

NEW = {
    "name": "Kreuzberg",
    "code": "KRZ",
    "slug": "kreuzberg",
    "tier": "same_day",
    "area_m2": "180",
    "about": "A former print shop. <b>No</b> lift & no stairs.",
    "is_open": "on",
    "street": "Oranienstraße 12",
    "postcode": "10999",
    "city": "Berlin",
    "country": "DE",
    "latitude": "52.500",
    "longitude": "13.420",
    "timezone": "Europe/Berlin",
    "cutoff_at": "12:00",
    "reach_m": "8000",
    "zones": ["ambient", "cold"],
}


@pytest.fixture
def office() -> Client:
    user = world.make_user()
    world.make_staff(user, "steward")
    return world.client_of(user)


def week_form(node: Node) -> dict[str, str]:
    return {
        f"{part}_{day}": time for day in range(5) for part, time in (("opens", "09:00"), ("closes", "17:00"))
    }


def test_from_nothing_to_a_node_with_shelves_hours_carts_and_labels(office: Client) -> None:
    made = office.post("/network/nodes/new/", NEW)
    node = Node.objects.get()
    home = f"/network/nodes/{node.pk}/"
    assert made["Location"] == home
    assert "It has no opening hours yet" in office.get(home).content.decode()
    assert office.post(f"{home}hours/", week_form(node)).status_code == 302
    zone = node.zones.get(code="C")
    assert (
        office.post(f"{home}bins/", {"zone": zone.pk, "aisles": 2, "bays": 3, "levels": 2}).status_code == 302
    )
    assert office.post(f"{home}carts/", {"code": "CART-1", "totes": 12}).status_code == 302
    assert office.post(f"{home}zones/", {"code": "O", "storage_class": "oversize"}).status_code == 302
    year = clock.now().year + 1
    holidays = {"first_day": f"{year}-12-24", "last_day": f"{year}-12-26", "reason": "Holidays"}
    office.post(f"{home}closures/", holidays)
    assert node.closures.count() == 3
    page = office.get(home).content.decode()
    assert "CART-1" in page
    assert "Holidays" in page
    labels = office.get(f"{home}labels/?aisle=1").content.decode()
    assert labels.count('class="bin-label"') == 6
    assert "A-03-2" in labels
    office.post(f"{home}closures/{node.closures.first().pk}/reopen/")
    assert node.closures.count() == 2
    office.post(f"{home}carts/{node.carts.get().pk}/remove/")
    assert not node.carts.exists()


def test_a_taken_code_is_said_on_the_form(office: Client) -> None:
    world.make_node(code="KRZ")
    page = office.post("/network/nodes/new/", NEW)
    assert page.status_code == 422
    assert "Another node already has this code" in page.content.decode()
    assert Node.objects.count() == 1


def test_half_a_day_of_hours_is_refused_and_the_week_stays(office: Client) -> None:
    node = world.make_node()
    page = office.post(f"/network/nodes/{node.pk}/hours/", {"opens_0": "09:00"})
    assert page.status_code == 422
    assert "Monday needs both times" in page.content.decode()
    assert node.opening_hours.count() == 5


def test_a_node_is_changed(office: Client) -> None:
    node = world.make_node()
    form = office.get(f"/network/nodes/{node.pk}/edit/").context["form"].initial
    office.post(f"/network/nodes/{node.pk}/edit/", {**form, "cutoff_at": "13:30", "is_open": "on"})
    node.refresh_from_db()
    assert node.cutoff_at == dt.time(13, 30)


class TestStreet:
    def test_the_window_is_one_readable_line(self, client: Client) -> None:
        world.make_node(slug="kreuzberg", tier="same_day", cutoff_at=dt.time(12))
        world.make_node(slug="adlershof", tier="next_day")
        page = client.get("/").content.decode()
        assert "Order by 12:00, at your door this evening" in page
        assert "Order by 14:00, at your door tomorrow" in page

    def test_the_nearest_first_for_who_says_where_they_are(self, client: Client) -> None:
        world.make_node(slug="a-far", latitude=Decimal("52.40"), longitude=Decimal("13.05"), reach_m=5_000)
        world.make_node(slug="b-near", latitude=Decimal("52.50"), longitude=Decimal("13.42"))
        page = client.get("/nodes/?near=52.5,13.4").content.decode()
        assert page.index("B Near") < page.index("A Far")
        assert "outside its reach" in page
        for nonsense in ("north", "1,2,3", "91,0", ""):
            assert client.get("/nodes/", {"near": nonsense}).status_code == 200

    def test_a_node_says_by_when_an_order_of_now_leaves(self, client: Client) -> None:
        world.make_node(slug="kreuzberg")
        with clock.at(dt.datetime(2026, 6, 5, 20, tzinfo=dt.UTC)):
            assert "Mon 8 Jun 2026, 18:00 CEST" in client.get("/nodes/kreuzberg/").content.decode()

    def test_machines_read_the_same_as_people(self, client: Client) -> None:
        node = world.make_node(slug="kreuzberg", about="</script><b>&", tier="same_day")
        services.close_on(node=node, days=[dt.date(2030, 1, 1)], reason="New Year", by=None)
        page = client.get("/nodes/kreuzberg/").content.decode()
        [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
        data = json.loads(block)
        assert data["@type"] == "LocalBusiness"
        assert data["description"] == "</script><b>&"
        assert data["geo"]["latitude"] == 52.499
        assert len(data["openingHoursSpecification"]) == 5
        assert data["specialOpeningHoursSpecification"][0]["validFrom"] == "2030-01-01"
        assert data["hasShippingService"]["handlingTime"]["cutoffTime"].startswith("14:00:00+")

    def test_a_node_out_of_operation_is_not_shown(self, client: Client) -> None:
        world.make_node(slug="closed", is_open=False)
        assert client.get("/nodes/closed/").status_code == 404
        assert "closed" not in client.get("/sitemap.xml").content.decode()

    def test_the_pages_for_search_engines(self, client: Client) -> None:
        world.make_node(slug="kreuzberg")
        assert "/nodes/kreuzberg/" in client.get("/sitemap.xml").content.decode()
        assert "Sitemap: http://localhost:8000/sitemap.xml" in client.get("/robots.txt").content.decode()
        assert client.get("/how/").status_code == 200
