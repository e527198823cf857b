"""What a member types: what, where, when, how much."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet

from fulfillment.capacity.availability.opening import LONGEST_DAYS, is_too_far, too_far
from fulfillment.capacity.models import SlotPool

_SHELF = "shelf"
# A shelf is asked for with its storage class: shelf-cold.
WHAT = [
    ("shelf-ambient", "Shelf slots, ambient"),
    ("shelf-cold", "Shelf slots, cold"),
    ("shelf-oversize", "Shelf slots, oversize"),
    ("dock", "Dock appointment"),
    ("picks", "Picks of a day"),
    ("table", "Pop-up table"),
]
EVERY = [
    ("FREQ=WEEKLY", "Every week"),
    ("FREQ=WEEKLY;INTERVAL=2", "Every two weeks"),
    ("FREQ=MONTHLY", "Every month, on the same date"),
]


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def number_input(**attrs: Any) -> forms.NumberInput:
    return forms.NumberInput(attrs={"inputmode": "numeric", **attrs})


class PoolChoice(forms.ModelChoiceField):
    """A pool by its node and what it is."""

    def label_from_instance(self, pool: Any) -> str:
        return f"{pool.node.name} · {pool.label}"


class SkusField(forms.IntegerField):
    """How many different SKUs; left empty, none is counted."""

    def __init__(self, **kwargs: Any) -> None:
        told = {"required": False, "label": "Different SKUs", "widget": number_input(), **kwargs}
        super().__init__(min_value=1, max_value=100_000, **told)

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0


class DaysForm(forms.Form):
    """From a day to a day, both included."""

    first_day = forms.DateField(label="From", widget=day_input())
    last_day = forms.DateField(label="To, included", widget=day_input())

    def clean(self) -> dict[str, Any]:
        read: dict[str, Any] = super().clean() or self.cleaned_data
        first: dt.date | None = read.get("first_day")
        last: dt.date | None = read.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day cannot lie before the first.")
        elif last and is_too_far(last):
            self.add_error("last_day", too_far())
        elif first and last and (last - first).days >= LONGEST_DAYS:
            self.add_error("last_day", f"Take at most {LONGEST_DAYS} days at a time.")
        return read


class AskForm(DaysForm):
    """So many slots of a pool, for so many SKUs."""

    pool = PoolChoice(queryset=SlotPool.objects.none(), label="Where and what", empty_label=None)
    slots = forms.IntegerField(
        min_value=1, max_value=10_000, initial=1, label="How many", widget=number_input()
    )
    skus = SkusField(help_text="How many will lie on these shelves. Small nodes hold few.")
    field_order = ["pool", "first_day", "last_day", "slots", "skus"]

    def __init__(self, *args: Any, pools: QuerySet[SlotPool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]


class ChangeForm(AskForm):
    """The same booking, otherwise: more or fewer slots, other days, another node."""


class SearchForm(DaysForm):
    """Like looking for a room. Everything has a default, so that the first look already shows something."""

    what = forms.ChoiceField(choices=WHAT, label="What")
    near = forms.CharField(
        required=False,
        max_length=80,
        label="Near",
        help_text="A node, a town or a postcode; empty: near your buyers.",
    )
    slots = forms.IntegerField(min_value=1, max_value=10_000, label="How many", widget=number_input())
    skus = SkusField()
    field_order = ["what", "near", "first_day", "last_day", "slots", "skus"]

    @property
    def kind(self) -> str:
        """The kind of pool that is asked for."""
        return str(self.cleaned_data["what"]).partition("-")[0]

    @property
    def storage_class(self) -> str:
        """The storage class of shelf slots; empty for anything else."""
        return str(self.cleaned_data["what"]).partition("-")[2]


class SeriesForm(forms.Form):
    """The same slots again and again."""

    title = forms.CharField(
        max_length=120, label="Name of the series", help_text="Tuesday market, weekly restock"
    )
    pool = PoolChoice(queryset=SlotPool.objects.none(), label="Where and what", empty_label=None)
    first_day = forms.DateField(label="First time", widget=day_input())
    days = forms.IntegerField(
        min_value=1,
        max_value=31,
        initial=1,
        label="How long each time",
        widget=number_input(**{"data-unit": "days"}),
    )
    every = forms.ChoiceField(choices=EVERY, label="How often")
    until = forms.DateField(label="Until, included", widget=day_input())
    slots = forms.IntegerField(
        min_value=1, max_value=10_000, initial=1, label="How many", widget=number_input()
    )
    skus = SkusField()

    def __init__(self, *args: Any, pools: QuerySet[SlotPool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        read: dict[str, Any] = super().clean() or self.cleaned_data
        first, until = read.get("first_day"), read.get("until")
        if first and until and until < first:
            self.add_error("until", "The series cannot end before it begins.")
        elif until and is_too_far(until):
            self.add_error("until", too_far())
        elif first and until and (until - first).days > LONGEST_DAYS:
            self.add_error("until", f"Plan at most {LONGEST_DAYS} days ahead.")
        return read


def bookable(pools: QuerySet[SlotPool]) -> QuerySet[SlotPool]:
    """Pools that somebody can book: of open nodes, and nothing that comes along with another."""
    return (
        pools.filter(node__is_open=True)
        .exclude(kind=SlotPool.Kind.ASSORTMENT)
        .select_related("node", "assortment")
        .order_by("node__name", "kind", "storage_class", "opens_at", "name", "id")
    )
