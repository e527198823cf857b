"""What stewards type about a node."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms

from coop.kernel.postal import COUNTRIES
from coop.nodes.models import Node, StorageClass, Zone

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_ZONES = sorted(
    name for name in available_timezones() if name.startswith(("Europe/", "America/", "Atlantic/"))
)
TIMEZONES = [(name, name.replace("_", " ")) for name in _ZONES]


def _time(**attrs: str) -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", **attrs})


class NodeForm(forms.ModelForm):
    """A node."""

    sections = [
        ("What it is", "", ["name", "code", "slug", "tier", "area_m2", "about", "is_open"]),
        ("Where it is", "", ["street", "postcode", "city", "country", "latitude", "longitude"]),
        ("What it promises", "", ["timezone", "cutoff_at", "reach_m"]),
    ]

    country = forms.ChoiceField(choices=COUNTRIES, initial="DE")
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=TIMEZONES,
        initial="Europe/Berlin",
    )

    class Meta:
        model = Node
        fields = [
            "name", "code", "slug", "tier", "area_m2", "about", "is_open", "street", "postcode", "city", "country",
            "latitude", "longitude", "timezone", "cutoff_at", "reach_m",
        ]  # fmt: skip
        labels = {
            "slug": "Short name", "cutoff_at": "Cutoff", "reach_m": "Reach", "area_m2": "Area", "is_open": "In operation",
        }  # fmt: skip
        help_texts = {
            "slug": "In its web address: kreuzberg",
            "cutoff_at": "An order placed by then leaves the same working day, node time.",
            "latitude": "In degrees, north is positive: 52.499",
            "longitude": "In degrees, east is positive: 13.418",
            "about": "Shown on the node's public page: the place, the people.",
        }
        widgets = {"cutoff_at": _time(), "about": forms.Textarea(attrs={"rows": 3})}


class NewNodeForm(NodeForm):
    """A new node, with its first zones."""

    sections = [*NodeForm.sections, ("Its zones", "More can be added later.", ["zones"])]
    zones = forms.MultipleChoiceField(
        choices=[(value, label.capitalize()) for value, label in StorageClass.choices],
        initial=[StorageClass.AMBIENT],
        widget=forms.CheckboxSelectMultiple,
        label="What can it store?",
        help_text="Each becomes a zone: A for ambient, C for cold, O for oversize.",
    )


class HoursForm(forms.Form):
    """The week, two fields a day; a day left empty is a day off."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(WEEKDAYS):
            for part, word in (("opens", "from"), ("closes", "to")):
                label = {"aria-label": f"{name}, {word}"}
                self.fields[f"{part}_{number}"] = forms.TimeField(
                    required=False, label=name, widget=_time(**label)
                )

    def days(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Name, opens, closes; for the template."""
        return [(name, self[f"opens_{n}"], self[f"closes_{n}"]) for n, name in enumerate(WEEKDAYS)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for number, name in enumerate(WEEKDAYS):
            opens, closes = cleaned.get(f"opens_{number}"), cleaned.get(f"closes_{number}")
            if bool(opens) != bool(closes):
                self.add_error(f"opens_{number}", f"{name} needs both times, or none for a day off.")
            elif opens and closes and opens >= closes:
                self.add_error(f"opens_{number}", f"On {name} the node must open before it closes.")
        return cleaned

    def week(self) -> dict[int, tuple[dt.time, dt.time]]:
        """Weekday → opens, closes, for the service."""
        read = self.cleaned_data
        return {n: (read[f"opens_{n}"], read[f"closes_{n}"]) for n in range(7) if read[f"opens_{n}"]}


class ClosureForm(forms.Form):
    """Days off."""

    first_day = forms.DateField(
        label="First day", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    last_day = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Empty for one day.",
    )
    reason = forms.CharField(max_length=120, help_text="Public holiday, stocktaking …")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and not dt.timedelta(0) <= last - first <= dt.timedelta(days=60):
            self.add_error("last_day", "The last day follows the first, at most 60 days later.")
        return {**cleaned, "last_day": last or first}


class ZoneForm(forms.Form):
    """Another zone."""

    code = forms.CharField(max_length=8, help_text="A letter or two.")
    storage_class = forms.ChoiceField(choices=StorageClass.choices, label="Good for")


class ZoneField(forms.ModelChoiceField):
    """A zone by its code and storage class."""

    def label_from_instance(self, obj: Zone) -> str:
        return f"{obj.code} ({obj.get_storage_class_display()})"


class LayoutForm(forms.Form):
    """Shelves: aisles × bays × levels."""

    zone: forms.ModelChoiceField[Zone] = ZoneField(queryset=None, empty_label=None)
    aisles = forms.IntegerField(min_value=1, max_value=200, initial=1)
    bays = forms.IntegerField(min_value=1, max_value=99, initial=10, label="Bays in an aisle")
    levels = forms.IntegerField(min_value=1, max_value=9, initial=4, label="Levels in a bay")

    def __init__(self, *args: Any, zones: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Zone]", self.fields["zone"]).queryset = zones


class CartForm(forms.Form):
    """A picking cart."""

    code = forms.CharField(max_length=16, help_text="As on its label: CART-1")
    totes = forms.IntegerField(min_value=1, max_value=60, initial=12)
