from __future__ import annotations

from typing import Any

from django import forms

OWN_BOX = "own"


class PackForm(forms.Form):
    """The carton and the scale."""

    carton = forms.ChoiceField(label="Carton")
    weight_g = forms.IntegerField(
        label="Weight on the scale",
        min_value=1,
        max_value=500_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, cartons: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carton"].choices = [*cartons, (OWN_BOX, "Its own box, no carton of ours")]  # type: ignore[attr-defined]


class CarrierForm(forms.Form):
    """Who takes the parcels."""

    carrier = forms.CharField(
        label="Carrier",
        max_length=40,
        widget=forms.TextInput(attrs={"list": "carriers", "autocomplete": "off"}),
    )
