"""What people type about drops and cycles. Times are the node's."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from fulfillment.drops.models import CycleRun

_MOMENT = {"type": "datetime-local"}
_FORMAT = "%Y-%m-%dT%H:%M"


class NodeTimeField(forms.DateTimeField):
    """A moment on a node's wall clock; `cleaned_data` is aware. The form gives it its `zone`."""

    zone: ZoneInfo = ZoneInfo("UTC")
    widget = forms.DateTimeInput(format=_FORMAT, attrs=_MOMENT)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dt.datetime) and timezone.is_aware(value):
            return value.astimezone(self.zone).strftime(_FORMAT)
        return value

    def to_python(self, value: Any) -> dt.datetime | None:
        read = super().to_python(value)
        if read is None:
            return None
        # Django took what was typed for its own current zone; the wall clock that was meant is the node's.
        return timezone.make_naive(read).replace(tzinfo=self.zone)


class DropForm(forms.Form):
    """A drop on one run, without its list of goods."""

    title = forms.CharField(
        max_length=120, label="What is it called", help_text="As your buyers will read it."
    )
    story = forms.CharField(required=False, label="Its story", widget=forms.Textarea(attrs={"rows": 3}))
    opens_at = NodeTimeField(label="Opens")
    closes_at = NodeTimeField(
        label="Ends", required=False, help_text="Empty: it stays open until you close it."
    )

    def __init__(self, *args: Any, run: CycleRun, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"opens_at": run.available_from})
        super().__init__(*args, **kwargs)
        self.run = run
        zone = run.cycle.node.zone
        for name in ("opens_at", "closes_at"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]
        earliest = run.available_from.astimezone(zone)
        self.fields["opens_at"].help_text = f"From {earliest:%a %d %b %Y %H:%M}, {zone.key} time."
        self.fields["opens_at"].widget.attrs["min"] = earliest.strftime(_FORMAT)

    def clean_opens_at(self) -> dt.datetime:
        """Not before the goods can be sold."""
        opens: dt.datetime = self.cleaned_data["opens_at"]
        if opens < self.run.available_from:
            earliest = self.run.available_from.astimezone(self.run.cycle.node.zone)
            raise forms.ValidationError(
                f"The goods of this run can be sold from {earliest:%a %d %b %Y %H:%M}. Open then or later."
            )
        return opens


class CycleForm(forms.Form):
    """How often a node takes in goods."""

    name = forms.CharField(max_length=80, label="Name", help_text="Tuesday round")
    rrule = forms.CharField(
        max_length=200,
        label="Repeats",
        initial="FREQ=WEEKLY;BYDAY=TU",
        help_text="An RFC 5545 rule: FREQ=WEEKLY;BYDAY=TU,FR or FREQ=MONTHLY;BYDAY=1MO.",
    )
    starts_on = forms.DateField(
        label="Starts on", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    dock_opens = forms.TimeField(
        label="Dock opens", initial="08:00", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    dock_closes = forms.TimeField(
        label="Dock closes", initial="12:00", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    announce_days = forms.IntegerField(
        label="Announced at least",
        min_value=0,
        max_value=30,
        initial=2,
        widget=forms.NumberInput(attrs={"data-unit": "days before"}),
    )
    available_hours = forms.IntegerField(
        label="On sale after",
        min_value=0,
        max_value=240,
        initial=24,
        widget=forms.NumberInput(attrs={"data-unit": "hours"}),
    )
