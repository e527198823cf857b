"""The parts of the look on pages of their own. Mounted only where DEBUG or the demo is on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.identity.doors import Door, public
from coop.kernel import clock
from coop.web.maps import Dot, Mark

_STATES = [
    "placed",
    "allocated",
    "picking",
    "picked",
    "packed",
    "shipped",
    "delivered",
    "partial",
    "overdue",
    "waiting",
    "draft",
    "cancelled",
]


class SampleForm(forms.Form):
    """One of each kind of field."""

    sections = [("Size and weight", "As packed, without the carton.", ["length_mm", "weight_g"])]

    title = forms.CharField(help_text="As your buyers know it.")
    storage = forms.ChoiceField(choices=[("ambient", "Ambient"), ("cold", "Cold"), ("oversize", "Oversize")])
    velocity = forms.ChoiceField(
        choices=[("core", "Core"), ("seasonal", "Seasonal"), ("specialty", "Specialty")],
        widget=forms.RadioSelect,
    )
    length_mm = forms.IntegerField(label="Length", min_value=1)
    weight_g = forms.IntegerField(label="Weight", min_value=1, help_text="One piece with its own packaging.")
    value = forms.DecimalField(required=False, widget=forms.NumberInput(attrs={"data-unit": "EUR"}))
    note = forms.CharField(widget=forms.Textarea, required=False)
    file = forms.FileField(label="Product list", required=False, help_text="CSV or XLSX, up to 10 MB.")
    fragile = forms.BooleanField(label="Fragile: wrap each piece", required=False)


@public(methods=("GET", "POST"))
def style_guide(request: HttpRequest, door: Door) -> HttpResponse:
    """Every part of the system on one page. Mounted only where DEBUG or the demo is on."""
    now = clock.now()
    messages.success(request, "Saved. The new packing spec holds from the next pick on.")
    messages.error(request, "Two rows could not be read. Nothing was imported.")
    typed = {
        "broken-storage": "cold",
        "broken-velocity": "core",
        "broken-length_mm": "0",
        "broken-weight_g": "240",
    }
    broken = SampleForm(typed, prefix="broken")
    context: dict[str, Any] = {
        "themes": ["light", "dark"],
        "now": now,
        "soon": now + dt.timedelta(minutes=42),
        "later": now + dt.timedelta(days=2, hours=4, minutes=10),
        "earlier": now - dt.timedelta(hours=3),
        "states": _STATES,
        "state_choices": [("open", "Open", 42), ("waiting", "Waiting", 7), ("shipped", "Shipped", 1280)],
        "form": SampleForm(),
        "broken": broken,
        "days": [(f"{d} Mar", Decimal(str(24 + d % 7 * 6 + d))) for d in range(1, 31)],
        "two": {
            "Picks": [(f"{d} Mar", 40 + d % 6 * 9) for d in range(1, 15)],
            "Short": [(f"{d} Mar", 4 + d % 4 * 2) for d in range(1, 15)],
        },
        "by_node": [("Kreuzberg", 1240), ("Neukölln", 860), ("Wedding", 315), ("Potsdam hub", 90)],
        "by_hour": [(f"{h}:00", [12, 30, 44, 61, 38, 25, 52, 70, 33, 14][h - 8]) for h in range(8, 18)],
        **_map_sample(),
        "spark": [3, 5, 4, 8, 6, 9, 12, 7, 11, 14],
        "rows": _rows(now),
        "page": SimpleNamespace(items=[1, 2, 3], next_url="?after=x", prev_url="?before=x", total=None),
        "pairs": [
            ("GTIN", "4006381333931"),
            ("Storage", "Ambient"),
            ("Velocity", "Core"),
            ("Packing spec", "Version 3, since Tue 3 Mar"),
        ],
        "steps": [
            {"title": "Wrap in tissue", "text": "Two sheets, logo up.", "state": "done"},
            {"title": "Add the card", "text": "Spring card, face to the buyer.", "state": "current"},
            {"title": "Close with paper tape", "text": "", "state": ""},
        ],
        "events": [
            {
                "what": "Shipped with tracking 00340434",
                "at": now - dt.timedelta(hours=1),
                "by": "Mara",
                "tone": "good",
            },
            {
                "what": "One piece short in A-04-2, taken from B-01-1",
                "at": now - dt.timedelta(hours=3),
                "by": "Jonas",
                "tone": "warn",
            },
            {"what": "Order placed in the shop", "at": now - dt.timedelta(days=2), "by": "", "tone": ""},
        ],
    }
    return render(request, "style/guide.html", context)


@public()
def handheld_sample(request: HttpRequest, door: Door) -> HttpResponse:
    """What a picker's phone looks like, with nothing behind it."""
    return render(request, "style/handheld.html", {"result": request.GET.get("result", "")})


@public()
def public_sample(request: HttpRequest, door: Door) -> HttpResponse:
    """What the public face looks like, with nothing behind it."""
    return render(request, "style/public.html")


def _rows(now: dt.datetime) -> list[dict[str, Any]]:
    buyers = ["M. Okafor", "Lena Brandt", "J. Silva", "Atelier Nord"]
    states = ["shipped", "picking", "waiting", "overdue"]
    return [
        {
            "number": f"TH-{1042 + i}",
            "buyer": buyer,
            "lines": 1 + i * 2,
            "total": Decimal("38.50") + i * 412,
            "placed": now - dt.timedelta(hours=2 + 9 * i),
            "state": states[i],
        }
        for i, buyer in enumerate(buyers)
    ]


def _map_sample() -> dict[str, Any]:
    nodes = [
        ("Kreuzberg corner", 52.5009, 13.4201, "same-day, 63 % taken", "circle", 63, ""),
        ("Neukölln yard", 52.4802, 13.4390, "same-day, 100 % taken", "circle", 100, "bad"),
        ("Wedding", 52.5496, 13.3580, "next-day, 88 % taken", "square", 88, "warn"),
        ("Potsdam hub", 52.3922, 13.0374, "hub, 20 % taken", "diamond", 20, ""),
    ]
    towns = [
        ("Berlin", 52.50, 13.42, 80),
        ("Potsdam", 52.40, 13.06, 30),
        ("Teltow", 52.40, 13.27, 6),
        ("Köln", 50.94, 6.94, 4),
    ]
    return {
        "marks": [
            Mark(label, latitude, longitude, note, shape, level, tone, "#figures")
            for label, latitude, longitude, note, shape, level, tone in nodes
        ],
        "dots": [
            Dot(latitude + (i % 7 - 3) * 0.012, longitude + (i % 5 - 2) * 0.02, count // (i + 1), label)
            for label, latitude, longitude, count in towns
            for i in range(min(count, 12))
        ],
    }
