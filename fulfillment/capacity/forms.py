"""What people type about slots."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet

from coop.models import StorageClass
from fulfillment.capacity.models import SlotPool

_DATE = {"type": "date"}


class PoolChoice(forms.ModelChoiceField):
    """A pool by its node and class."""

    def label_from_instance(self, pool: Any) -> str:
        return f"{pool.node.name} · {pool.get_storage_class_display()}"


class SlotsForm(forms.Form):
    """Which slots, when, how many."""

    pool = PoolChoice(queryset=SlotPool.objects.none(), label="Node and storage", empty_label=None)
    first_day = forms.DateField(label="From", widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE))
    last_day = forms.DateField(label="To, included", widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE))
    slots = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        initial=1,
        label="Slots",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, pools: QuerySet[SlotPool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        read: dict[str, Any] = super().clean() or self.cleaned_data
        first: dt.date | None = read.get("first_day")
        last: dt.date | None = read.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day cannot lie before the first.")
        return read


class CapacityForm(SlotsForm):
    """How many slots a pool offers on each day of a range."""

    field_order = ["pool", "first_day", "last_day", "slots"]
    slots = forms.IntegerField(
        min_value=0,
        max_value=100_000,
        label="Slots offered each day",
        help_text="0 closes these days for booking. It cannot go below what is booked.",
    )


class NewPoolForm(forms.Form):
    """A pool that a node does not have yet."""

    storage_class = forms.ChoiceField(choices=StorageClass.choices, label="Storage class")
    slots = forms.IntegerField(min_value=1, max_value=100_000, label="Slots each day")
    slot_volume_l = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        initial=60,
        label="One slot holds",
        widget=forms.NumberInput(attrs={"data-unit": "l"}),
    )
