from __future__ import annotations

from typing import Any

from django import forms

from fulfillment.packing.models import Carton

OWN_BOX = "own"
_LENGTHS = ["length_mm", "width_mm", "height_mm"]


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


class CartonForm(forms.ModelForm):
    """A carton as it lies on the shelf."""

    sections = [
        ("What it is called", "", ["code", "name"]),
        ("Inside", "As the goods find it; the order of the lengths does not matter.", _LENGTHS),
        ("Weight", "", ["tare_g", "max_weight_g"]),
    ]  # fmt: skip

    class Meta:
        model = Carton
        fields = ["code", "name", *_LENGTHS, "tare_g", "max_weight_g"]
        labels = {
            "length_mm": "Length", "width_mm": "Width", "height_mm": "Height", "tare_g": "Empty", "max_weight_g": "Bears",
        }  # fmt: skip
        help_texts = {
            "code": "Short, as it stands on the shelf and on the label: M1",
            "name": "As packers call it: medium box",
            "max_weight_g": "A heavier parcel is refused at the bench.",
        }


class CarrierForm(forms.Form):
    """Who takes the parcels."""

    carrier = forms.CharField(
        label="Carrier",
        max_length=40,
        widget=forms.TextInput(attrs={"list": "carriers", "autocomplete": "off"}),
    )
