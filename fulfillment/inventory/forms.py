"""What people type about goods. Rules live in the services; these read and explain."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from coop.kernel.ids import uuid7
from coop.models import Node

_DATE = {"type": "date"}


class AsnForm(forms.Form):
    """An inbound shipment, without its lines."""

    node = forms.ModelChoiceField(queryset=Node.objects.none(), label="To which node")
    expected_on = forms.DateField(label="Arrives on", widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE))
    parcels = forms.IntegerField(
        label="Boxes", min_value=1, max_value=999, initial=1, help_text="A label is printed for each."
    )
    carrier_note = forms.CharField(
        label="Carrier and tracking", max_length=120, required=False, help_text="For whoever opens the door."
    )

    def __init__(self, *args: Any, nodes: QuerySet[Node], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["node"].queryset = nodes  # type: ignore[attr-defined]


class ScanForm(forms.Form):
    """One scan: what was read, how many pieces. `scan_id` is made with the page, so that sending twice books once."""

    code = forms.CharField(max_length=64, label="Scanned")
    quantity = forms.IntegerField(
        min_value=1,
        max_value=100_000,
        label="Pieces",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    scan_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, quantity: int = 1, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"quantity": quantity, "scan_id": uuid7()})
        super().__init__(*args, **kwargs)


class CountForm(forms.Form):
    """A blind count: the counter is not told what the books say."""

    counted = forms.IntegerField(
        min_value=0,
        max_value=1_000_000,
        label="Pieces you counted",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class AdjustForm(CountForm):
    """A count that nobody had asked for, with its reason."""

    reason = forms.CharField(
        max_length=120,
        label="Why",
        help_text="The member reads this: broken in the fall, found behind the shelf …",
    )
