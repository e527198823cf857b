"""What people type about drops and cycles. Times are the node's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from fulfillment.drops.models import CycleRun, Drop

_MOMENT = {"type": "datetime-local", "step": "1"}
FORMAT = "%Y-%m-%dT%H:%M:%S"


class NodeTimeField(forms.DateTimeField):
    """A moment on a node's wall clock; `cleaned_data` is aware. The form gives it its `zone`."""

    zone: ZoneInfo = ZoneInfo("UTC")
    widget = forms.DateTimeInput(format=FORMAT, attrs=_MOMENT)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dt.datetime) and timezone.is_aware(value):
            return value.astimezone(self.zone).strftime(FORMAT)
        return value

    def to_python(self, value: Any) -> dt.datetime | None:
        read = super().to_python(value)
        if read is None:
            return None
        # Django took what was typed for its own current zone; the wall clock that was meant is the node's.
        return timezone.make_naive(read).replace(tzinfo=self.zone)


class PlanForm(forms.Form):
    """A drop on one or several runs, without its lists of goods. Times are those of the first run's node."""

    sections = [
        ("What it is", "As your buyers will read it.", ["title", "story"]),
        ("When it sells", "To the second, on the node's clock.", ["opens_at", "closes_at", "preorders_from", "buyer_limit"]),
        ("When goods come late or short", "Decided at the moment the goods should be available.", ["on_shortfall", "fairness"]),
        ("The first rush", "Picks are reserved for these working days; the drop ends when they are used up.", ["burst_days", "burst_picks"]),
    ]  # fmt: skip

    title = forms.CharField(max_length=120, label="What is it called")
    story = forms.CharField(required=False, label="Its story", widget=forms.Textarea(attrs={"rows": 3}))
    opens_at = NodeTimeField(label="Opens")
    closes_at = NodeTimeField(
        label="Ends", required=False, help_text="Empty: it stays open until it is sold out or you close it."
    )
    preorders_from = NodeTimeField(
        label="Preorders from",
        required=False,
        help_text="Empty: no preorders. Else it sells from then on, against the goods you planned.",
    )
    buyer_limit = forms.IntegerField(
        label="Pieces for one buyer",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="Empty: as many as they like.",
        widget=forms.NumberInput(attrs={"data-unit": "pcs"}),
    )
    on_shortfall = forms.ChoiceField(
        label="Then",
        initial=Drop.OnShortfall.SLIP,
        choices=[
            (Drop.OnShortfall.SLIP, "Slip: everything waits for the next run that has room; buyers are told the new day"),
            (Drop.OnShortfall.SHRINK, "Shrink: it opens on time with what is there; preorders beyond that are cut"),
        ],
        widget=forms.RadioSelect,
    )  # fmt: skip
    fairness = forms.ChoiceField(
        label="Who gets what, when there is too little for the preorders",
        initial=Drop.Fairness.FIRST_COME,
        choices=[
            (Drop.Fairness.FIRST_COME, "First come, first served"),
            (Drop.Fairness.ONE_EACH, "One piece for everybody, in turn, then the second"),
            (Drop.Fairness.LOTTERY, "By lot"),
        ],
        widget=forms.RadioSelect,
    )
    burst_days = forms.IntegerField(
        label="Lasts",
        initial=2,
        min_value=1,
        max_value=30,
        widget=forms.NumberInput(attrs={"data-unit": "working days"}),
    )
    burst_picks = forms.IntegerField(
        label="Picks to reserve",
        required=False,
        min_value=1,
        max_value=10_000_000,
        help_text="Empty: one for each piece.",
        widget=forms.NumberInput(attrs={"data-unit": "picks"}),
    )

    def __init__(self, *args: Any, runs: Sequence[CycleRun], **kwargs: Any) -> None:
        earliest = max(run.available_from for run in runs)
        zone = runs[0].cycle.node.zone
        initial = kwargs.setdefault("initial", {"opens_at": earliest})
        # Other runs were taken: a moment before their goods are there was that of the runs before.
        if str(initial.get("opens_at", "")) < earliest.astimezone(zone).strftime(FORMAT):
            initial["opens_at"] = earliest
        super().__init__(*args, **kwargs)
        for name in ("opens_at", "closes_at", "preorders_from"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]
        self.earliest, self.zone = earliest, zone
        self.fields[
            "opens_at"
        ].help_text = f"{_said(earliest, zone)} or later, {zone.key} time: then all goods are available."
        self.fields["opens_at"].widget.attrs["min"] = earliest.astimezone(zone).strftime(FORMAT)

    def clean_opens_at(self) -> dt.datetime:
        """Not before the goods can be sold."""
        opens: dt.datetime = self.cleaned_data["opens_at"]
        if opens < self.earliest:
            raise forms.ValidationError(
                f"The goods of these runs can be sold from {_said(self.earliest, self.zone)}. Open then or later."
            )
        return opens


def _said(moment: dt.datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %Y %H:%M}"


class AnnounceForm(forms.Form):
    """What a leg's goods come in."""

    parcels = forms.IntegerField(
        label="In how many boxes",
        initial=1,
        min_value=1,
        max_value=10_000,
        widget=forms.NumberInput(attrs={"data-unit": "boxes"}),
    )
    carrier_note = forms.CharField(
        label="Who brings them", max_length=120, required=False, help_text="DHL, or the blue van on Tuesday."
    )


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
