"""A list of SKUs with quantities, typed or scanned: rows of code and number. Works without script."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from coop.models import Sku
from fulfillment.inventory.scans import find_sku

ROWS = 4
MOST_ROWS = 200


class LineForm(forms.Form):
    """One row. An empty row is left out."""

    code = forms.CharField(
        label="SKU",
        max_length=64,
        widget=forms.TextInput(attrs={"list": "sku-codes", "autocomplete": "off", "spellcheck": "false"}),
    )
    quantity = forms.IntegerField(
        label="Pieces",
        min_value=1,
        max_value=1_000_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, skus: QuerySet[Sku], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.skus = skus

    def clean_code(self) -> Sku:
        """The SKU behind the code or GTIN."""
        code = str(self.cleaned_data["code"])
        sku = find_sku(self.skus, code)
        if sku is None:
            raise forms.ValidationError(f"You have no active SKU {code}. Take its code or its GTIN.")
        return sku


class BaseLines(forms.BaseFormSet):
    """All rows together: at least one, no SKU twice."""

    def clean(self) -> None:
        if any(self.errors):
            return
        lines = self.lines()
        if not lines:
            raise forms.ValidationError("Name at least one SKU and how many pieces.")
        codes = [sku.code for sku, _ in lines]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise forms.ValidationError(f"{', '.join(twice)} stands here twice. Put it in one row.")

    def lines(self) -> list[tuple[Sku, int]]:
        """What was typed, once it is valid."""
        return [
            (cast(Sku, form.cleaned_data["code"]), int(form.cleaned_data["quantity"]))
            for form in self.forms
            if form.has_changed() and form.cleaned_data
        ]


_Lines = forms.formset_factory(
    LineForm, formset=BaseLines, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


def lines_form(
    data: QueryDict | None,
    skus: QuerySet[Sku],
    initial: list[dict[str, Any]] | None = None,
    *,
    prefix: str = "lines",
) -> BaseLines:
    """The rows, from what was sent or from `initial`. "More rows" sends the form with `more` and gets four more."""
    if data is not None:
        # A proposed row that is sent back as it was is meant, and one that was emptied is not: nothing is "initial" now.
        data, initial = data.copy(), None
        data[f"{prefix}-INITIAL_FORMS"] = "0"
        rows = data.get(f"{prefix}-TOTAL_FORMS", "0")
        count = int(rows) if rows.isdigit() else 0
        # A list that was not there before (another place was added to the same form) begins with the usual rows.
        more = ROWS if data.get("more") in ("1", prefix) or not count else 0
        data[f"{prefix}-TOTAL_FORMS"] = str(min(count + more, MOST_ROWS))
    made = _Lines(data, prefix=prefix, initial=initial, form_kwargs={"skus": skus.filter(is_active=True)})
    return cast(BaseLines, made)
