"""What operators and stewards type: what is published, on which days, on what terms, and who may pass a limit."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet

from coop.models import Member, StorageClass, Zone
from fulfillment.capacity.forms.asking import AskForm, DaysForm, number_input
from fulfillment.capacity.models import CancellationTerm, SlotPool

_KINDS = [
    (value, label.capitalize()) for value, label in SlotPool.Kind.choices if value != SlotPool.Kind.ASSORTMENT
]


class CapacityForm(DaysForm):
    """How many slots a pool offers on each day of a range."""

    slots = forms.IntegerField(
        min_value=0,
        max_value=100_000,
        label="Offered each day",
        help_text="0 closes these days for booking. Below what is booked you are asked whose bookings go.",
        widget=number_input(),
    )
    reason = forms.CharField(
        required=False,
        max_length=120,
        label="Why",
        help_text="Members read it in the calendar: floor is painted, two doors blocked.",
    )


class CloseForm(DaysForm):
    """Days on which the node does not work."""

    reason = forms.CharField(
        max_length=120, label="Why", help_text="Members read it: holiday, inventory, frost."
    )


class NewPoolForm(forms.Form):
    """A pool that a node does not have yet."""

    kind = forms.ChoiceField(choices=_KINDS, label="What")
    storage_class = forms.ChoiceField(
        choices=[("", "Not a shelf"), *StorageClass.choices],
        required=False,
        label="Storage class of shelf slots",
    )
    zone = forms.ModelChoiceField(
        queryset=Zone.objects.none(),
        required=False,
        label="Zone of shelf slots",
        empty_label="Anywhere",
        help_text="Only when its slots are booked apart from the rest.",
    )
    name = forms.CharField(
        required=False, max_length=60, label="Name", help_text="Tells two of a kind apart: Morning, Ramp 2."
    )
    slots = forms.IntegerField(
        min_value=1,
        max_value=100_000,
        label="How many a day",
        help_text="Shelf places, doors of the dock, picks, or tables.",
        widget=number_input(),
    )
    slot_volume_l = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        initial=60,
        required=False,
        label="One shelf slot holds",
        widget=number_input(**{"data-unit": "l"}),
    )
    opens_at = forms.TimeField(
        required=False, label="Dock from", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    closes_at = forms.TimeField(
        required=False, label="Dock to", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    equipment = forms.CharField(
        required=False, max_length=120, label="Equipment", help_text="Pallet jack, tail lift, cold ramp."
    )

    def __init__(self, *args: Any, zones: QuerySet[Zone], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].queryset = zones  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        read: dict[str, Any] = super().clean() or self.cleaned_data
        kind = read.get("kind")
        if kind == SlotPool.Kind.SHELF:
            if not read.get("storage_class"):
                self.add_error("storage_class", "Say which storage class the shelf has.")
        else:
            read["storage_class"] = ""
        if kind == SlotPool.Kind.DOCK:
            opens: dt.time | None = read.get("opens_at")
            closes: dt.time | None = read.get("closes_at")
            if not opens or not closes or closes <= opens:
                self.add_error("closes_at", "A dock has a window that opens before it closes.")
        else:
            read["opens_at"] = read["closes_at"] = None
        read["slot_volume_l"] = read.get("slot_volume_l") or 60
        return read


class TermForm(forms.Form):
    """One term: given back later than the notice, so much is kept."""

    notice_days = forms.IntegerField(
        min_value=1,
        max_value=365,
        required=False,
        label="Less than",
        widget=number_input(**{"data-unit": "days"}),
    )
    share_percent = forms.IntegerField(
        min_value=1, max_value=100, required=False, label="Kept", widget=number_input(**{"data-unit": "%"})
    )

    def clean(self) -> dict[str, Any]:
        read: dict[str, Any] = super().clean() or self.cleaned_data
        if (read.get("notice_days") is None) != (read.get("share_percent") is None) and not self.errors:
            self.add_error("share_percent", "Say both, or leave both empty.")
        return read


class _TermsFormSet(forms.BaseFormSet):
    def clean(self) -> None:
        said = [notice for notice, _ in terms_in(self)]
        if len(said) != len(set(said)):
            raise forms.ValidationError("Each notice can be named once.")


TermsFormSet = forms.formset_factory(TermForm, formset=_TermsFormSet, extra=2, max_num=8, absolute_max=8)


def terms_in(formset: Any) -> list[tuple[int, int]]:
    """(notice in days, per cent kept) of each line that was filled in."""
    return [
        (form.cleaned_data["notice_days"], form.cleaned_data["share_percent"])
        for form in formset.forms
        if getattr(form, "cleaned_data", {}).get("notice_days") and form.cleaned_data.get("share_percent")
    ]


def initial_terms(terms: QuerySet[CancellationTerm]) -> list[dict[str, int]]:
    """What stands already, the longest notice first."""
    return [{"notice_days": term.notice_days, "share_percent": term.share_percent} for term in terms]


class OverrideForm(AskForm):
    """A booking that may pass the tier's limit of SKUs, and why."""

    member = forms.ModelChoiceField(queryset=Member.objects.none(), label="For which member")
    reason = forms.CharField(
        max_length=300, label="Why it may pass the limit", widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ["member", "pool", "first_day", "last_day", "slots", "skus", "reason"]

    def __init__(self, *args: Any, members: QuerySet[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        self.fields["skus"].required = True
