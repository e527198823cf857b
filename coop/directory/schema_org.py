"""A node as machines read it: schema.org's LocalBusiness (there is no type for a warehouse), as JSON-LD. Pure."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString, mark_safe

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
# What would end the script element, or be markup to a careless reader, is written as an escape; JSON does not mind.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def node_data(
    node: Any, *, url: str, hours: Iterable[Any], closures: Iterable[Any], today: dt.date
) -> dict[str, Any]:
    """LocalBusiness with address, place, week, days off, area served and how fast it ships."""
    week = list(hours)
    centre = {"@type": "GeoCoordinates", "latitude": float(node.latitude), "longitude": float(node.longitude)}
    return {
        "@context": "https://schema.org",
        "@type": "LocalBusiness",
        "@id": url,
        "url": url,
        "name": f"Commonshelf {node.name}",
        "description": node.about or "A small shared warehouse of a creator co-op.",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": node.street,
            "postalCode": node.postcode,
            "addressLocality": node.city,
            "addressCountry": node.country,
        },
        "geo": centre,
        "areaServed": {"@type": "GeoCircle", "geoMidpoint": centre, "geoRadius": node.reach_m},
        "openingHoursSpecification": [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": f"https://schema.org/{_DAYS[row.weekday]}",
                "opens": f"{row.opens:%H:%M}",
                "closes": f"{row.closes:%H:%M}",
            }
            for row in week
        ],
        "specialOpeningHoursSpecification": [
            # No hours between the two dates: closed.
            {
                "@type": "OpeningHoursSpecification",
                "validFrom": row.day.isoformat(),
                "validThrough": row.day.isoformat(),
            }
            for row in closures
        ],
        "hasShippingService": {
            "@type": "ShippingService",
            "name": node.get_tier_display(),
            "handlingTime": {
                "@type": "ServicePeriod",
                "cutoffTime": _with_offset(today, node.cutoff_at, node.zone),
                "businessDays": [f"https://schema.org/{_DAYS[row.weekday]}" for row in week],
                "duration": {"@type": "QuantitativeValue", "minValue": 0, "maxValue": 1, "unitCode": "DAY"},
            },
        },
    }


def _with_offset(day: dt.date, time: dt.time, zone: dt.tzinfo) -> str:
    """14:00:00+01:00: the time on that day, with its distance from UTC."""
    return dt.datetime.combine(day, time, tzinfo=zone).isoformat().partition("T")[2]


def as_script(data: dict[str, Any]) -> SafeString:
    """The text of a `<script type="application/ld+json">`; a data block, which the CSP lets be because nothing runs it."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_ESCAPES))  # noqa: S308 - escaped above
