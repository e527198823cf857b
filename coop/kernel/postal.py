"""Addresses as the post wants them. Pure: no Django, no database.

The last line of an address abroad is the country's name in capitals; within the country it is left out. Where the
postcode stands is each country's own custom (Universal Postal Union, standard S42 and its members' sheets).
"""

from __future__ import annotations

from functools import cache

from babel import Locale

# Where members may sit: the European Union, in which the co-op's carriers and VAT rules hold.
COUNTRIES = [
    ("AT", "Austria"), ("BE", "Belgium"), ("BG", "Bulgaria"), ("HR", "Croatia"), ("CY", "Cyprus"), ("CZ", "Czechia"),
    ("DK", "Denmark"), ("EE", "Estonia"), ("FI", "Finland"), ("FR", "France"), ("DE", "Germany"), ("GR", "Greece"),
    ("HU", "Hungary"), ("IE", "Ireland"), ("IT", "Italy"), ("LV", "Latvia"), ("LT", "Lithuania"), ("LU", "Luxembourg"),
    ("MT", "Malta"), ("NL", "Netherlands"), ("PL", "Poland"), ("PT", "Portugal"), ("RO", "Romania"), ("SK", "Slovakia"),
    ("SI", "Slovenia"), ("ES", "Spain"), ("SE", "Sweden"), ("CH", "Switzerland"), ("GB", "United Kingdom"),
    ("NO", "Norway"), ("US", "United States"), ("BR", "Brazil"),
]  # fmt: skip

# The postcode after the place, on the same line; or on a line of its own.
_CODE_LAST = frozenset({"AU", "CA", "IN", "NZ", "US"})
_CODE_ALONE = frozenset({"GB", "IE"})


@cache
def country_name(code: str) -> str:
    """The English name of an ISO 3166-1 alpha-2 country; what is none comes back as it was written."""
    return Locale("en").territories.get(code.strip().upper(), code) if code else ""


def address_lines(*, street: str, postcode: str, city: str, country: str, sent_from: str = "") -> list[str]:
    """The lines under the name. `sent_from` is the country it is posted in; its own name is left out."""
    lines = [street, *_place(postcode.strip(), city.strip(), country)]
    if country and country != sent_from:
        lines.append(country_name(country).upper())
    return [line for line in lines if line.strip()]


def _place(postcode: str, city: str, country: str) -> list[str]:
    if country in _CODE_ALONE:
        return [city, postcode]
    parts = (city, postcode) if country in _CODE_LAST else (postcode, city)
    return [" ".join(part for part in parts if part)]
