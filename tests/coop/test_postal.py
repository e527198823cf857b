"""Addresses as the post wants them."""

from __future__ import annotations

import pytest
from django.template import engines

from coop.kernel.postal import address_lines, country_name


def lines(country: str, *, sent_from: str = "", **parts: str) -> list[str]:
    told = {"street": "Weserstraße 7", "postcode": "12047", "city": "Berlin", **parts}
    return address_lines(country=country, sent_from=sent_from, **told)


def test_at_home_the_country_is_left_out() -> None:
    assert lines("DE", sent_from="DE") == ["Weserstraße 7", "12047 Berlin"]


def test_abroad_the_last_line_is_the_country_in_capitals() -> None:
    assert lines("CZ", sent_from="DE", postcode="110 00", city="Praha")[1:] == ["110 00 Praha", "CZECHIA"]


@pytest.mark.parametrize(
    ("country", "postcode", "city", "place"),
    [
        ("US", "94103", "San Francisco CA", ["San Francisco CA 94103"]),
        ("GB", "SW1A 2AA", "London", ["London", "SW1A 2AA"]),
        ("FR", "75008", "Paris", ["75008 Paris"]),
        ("IE", "", "Galway", ["Galway"]),
    ],
)
def test_the_postcode_stands_where_its_country_wants_it(
    country: str, postcode: str, city: str, place: list[str]
) -> None:
    assert lines(country, sent_from=country, postcode=postcode, city=city)[1:] == place


def test_a_code_that_is_none_stays_what_it_is() -> None:
    assert country_name("XX") == "XX"
    assert country_name("") == ""
    assert country_name("de") == "Germany"


def test_pages_write_an_address_without_letting_markup_in() -> None:
    source = "{{ 'DE'|country }}: {% address place 'DE' %}"
    place = {"street": "<b>1", "postcode": "75008", "city": "Paris", "country": "FR"}
    html = engines["django"].from_string(source).render({"place": place})
    assert html == "Germany: &lt;b&gt;1<br>75008 Paris<br>FRANCE"
