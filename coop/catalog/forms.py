"""Forms of the catalog: they read what was typed; what is right is decided in `inputs.py` and the services."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django import forms
from django.conf import settings

from coop.catalog.inputs import FIELDS, SkuInput, problems_of
from coop.catalog.models import PackingSpec, Sku
from coop.catalog.plan import Defaults
from coop.nodes.models import StorageClass

_CARRIED_OVER = (
    "length_mm",
    "width_mm",
    "height_mm",
    "weight_g",
    "velocity_class",
    "storage_class",
    "packing_spec",
)


class SkuForm(forms.Form):
    """One SKU. Sides as packed; the packer and the carton choice rely on them."""

    sections = [
        (
            "Size and weight",
            "As packed, ready for the parcel.",
            ["length_mm", "width_mm", "height_mm", "weight_g"],
        ),
        ("Handling", "", ["velocity_class", "storage_class", "packing_spec"]),
    ]

    code = forms.CharField(
        max_length=64, help_text="Your own code, unique among yours. It is on the bin and on the slip."
    )
    title = forms.CharField(max_length=200, help_text="As the packer should read it.")
    gtin = forms.CharField(
        label="GTIN", max_length=14, required=False, help_text="The digits under the barcode, if the goods carry one.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    value_amount = forms.DecimalField(
        label="Value",
        max_digits=12,
        decimal_places=2,
        min_value=0,
        help_text="What one is worth: for insurance and customs.",
    )
    length_mm = forms.IntegerField(label="Length", min_value=1)
    width_mm = forms.IntegerField(label="Width", min_value=1)
    height_mm = forms.IntegerField(label="Height", min_value=1)
    weight_g = forms.IntegerField(label="Weight", min_value=1)
    velocity_class = forms.ChoiceField(
        label="Velocity",
        choices=Sku.Velocity.choices,
        help_text="Core goods lie nearest to the packing bench.",
    )
    storage_class = forms.ChoiceField(label="Storage", choices=StorageClass.choices)
    packing_spec = forms.ModelChoiceField(
        label="Packing spec",
        queryset=PackingSpec.objects.none(),
        required=False,
        empty_label="My default spec",
    )

    def __init__(self, *args: Any, specs: Iterable[PackingSpec], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["packing_spec"].queryset = specs  # type: ignore[attr-defined]
        self.fields["value_amount"].widget.attrs["data-unit"] = currency

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            for problem in problems_of(self.input()):
                self.add_error(problem.field, str(problem))
        return data

    def input(self, *, is_active: bool = True) -> SkuInput:
        """What the form says, as the service wants it."""
        data = dict(self.cleaned_data)
        spec = data.pop("packing_spec")
        data["gtin"] = data["gtin"].replace(" ", "").replace("-", "")
        data["title"] = " ".join(data["title"].split())
        return SkuInput(**data, packing_spec_id=spec.pk if spec else None, is_active=is_active)

    @staticmethod
    def like(sku: Sku) -> dict[str, Any]:
        """Initial values for a further SKU: the last one's figures, not its name."""
        return {name: getattr(sku, name) for name in _CARRIED_OVER}

    @staticmethod
    def of(sku: Sku) -> dict[str, Any]:
        """Initial values of an existing SKU."""
        names = [
            *(name for name in FIELDS if name not in ("packing_spec_id", "is_active")),
            "code",
            "packing_spec",
        ]
        return {name: getattr(sku, name) for name in names}


class UploadForm(forms.Form):
    """A product file. What it is follows from its content."""

    file = forms.FileField(
        label="Product file",
        help_text="A product export from Shopify as it is, or our own sheet. CSV or XLSX.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(
                f"The file is larger than {settings.IMPORT_MAX_BYTES // 1024**2} MB. Split it and import the parts."
            )
        return file


class DefaultsForm(forms.Form):
    """What new SKUs get where the file says nothing."""

    length_mm = forms.IntegerField(label="Length", min_value=1, required=False)
    width_mm = forms.IntegerField(label="Width", min_value=1, required=False)
    height_mm = forms.IntegerField(label="Height", min_value=1, required=False)
    weight_g = forms.IntegerField(label="Weight", min_value=1, required=False)
    velocity_class = forms.ChoiceField(label="Velocity", choices=Sku.Velocity.choices, required=False)
    storage_class = forms.ChoiceField(label="Storage", choices=StorageClass.choices, required=False)

    def __init__(self, *args: Any, needed: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = name in needed or not name.endswith(("_mm", "_g"))

    def texts(self) -> dict[str, str]:
        """The chosen defaults as they are kept with the job."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value not in (None, "")}

    @staticmethod
    def initial_from(last: Sku | None) -> dict[str, str]:
        """Defaults as texts: those of the last SKU, if there is one."""
        if last is None:
            return {}
        names = [name for name in asdict(Defaults()) if name != "value_amount"]
        return {name: str(getattr(last, name)) for name in names}


class SpecForm(forms.Form):
    """A packing spec's own fields; its steps are read by `steps.py`."""

    name = forms.CharField(max_length=80, help_text="For you and your team: “Mugs in moulded pulp”.")
    is_default = forms.BooleanField(
        label="Use it for every SKU that names no spec of its own", required=False
    )
    note = forms.CharField(
        label="What changed, and why", max_length=200, required=False, help_text="Kept with the version."
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
