"""Forms of orders: one order by hand, and what an import must know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms

from fulfillment.orders.checking import MAX_QUANTITY, LineInput, OrderInput
from fulfillment.orders.errors import OrdersRefused
from fulfillment.orders.mapping import CONSTANT_FIELDS, DATE_FORMATS, DECIMALS, FIELDS, OrderMapping
from fulfillment.orders.models import ColumnMapping

_ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)


class OrderForm(forms.Form):
    """Who gets it, and what the shop calls it."""

    number = forms.CharField(label="Order number", max_length=64, help_text="As your shop knows it.")
    buyer_name = forms.CharField(label="Name", max_length=120)
    buyer_email = forms.EmailField(
        label="E-mail address", required=False, help_text="For the tracking mail, if you have it."
    )
    street = forms.CharField(label="Street and number", max_length=160)
    postcode = forms.CharField(label="Postcode", max_length=16)
    city = forms.CharField(label="City", max_length=80)
    country = forms.RegexField(
        "^[A-Za-z]{2}$", label="Country", max_length=2, help_text="Two letters, such as DE or FR.",
        error_messages={"invalid": "Use two letters, such as DE or FR."},
    )  # fmt: skip
    latitude = forms.DecimalField(
        required=False, max_digits=9, decimal_places=6, min_value=-90, max_value=90,
        help_text="With both coordinates we choose the nearest node; without, the one that has most of it.",
    )  # fmt: skip
    longitude = forms.DecimalField(
        required=False, max_digits=9, decimal_places=6, min_value=-180, max_value=180
    )
    note = forms.CharField(
        label="Note for the packer", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


class LineForm(forms.Form):
    """One SKU and how many."""

    # A line that says nothing is passed over (the formset's empty_permitted); one that is begun must be whole.
    sku = forms.CharField(
        label="SKU code",
        max_length=64,
        widget=forms.TextInput(attrs={"list": "skus"}),
        error_messages={"required": "Which SKU?"},
    )
    quantity = forms.IntegerField(
        min_value=1, max_value=MAX_QUANTITY, error_messages={"required": "How many pieces?"}
    )
    unit_price = forms.DecimalField(
        label="Price of one", min_value=0, max_digits=12, decimal_places=2, required=False
    )


class LineFormSet(forms.BaseFormSet):
    """The lines of an order; empty ones do not count."""

    def clean(self) -> None:
        if not any(self.errors) and not self.lines():
            raise forms.ValidationError("Name at least one SKU.")

    def lines(self) -> list[tuple[int, LineInput]]:
        """(form, line) for every form that says something."""
        return [
            (at, LineInput(sku=told["sku"], quantity=told["quantity"], unit_price=told.get("unit_price")))
            for at, form in enumerate(self.forms)
            if (told := getattr(form, "cleaned_data", {})) and told.get("sku") and told.get("quantity")
        ]


Lines = forms.formset_factory(LineForm, formset=LineFormSet, extra=4, max_num=200, absolute_max=200)


def order_input(form: OrderForm, lines: LineFormSet, placed_at: Any) -> OrderInput:
    """The service's input from two valid forms."""
    return OrderInput(placed_at=placed_at, lines=[line for _, line in lines.lines()], **form.cleaned_data)


def show_problems(form: OrderForm, lines: LineFormSet, refused: OrdersRefused) -> None:
    """Lay what the service refused beside the field that can mend it."""
    rows = [at for at, _ in lines.lines()]
    for problem in refused.problems:
        words = f"{problem.problem} {problem.remedy}"
        if problem.line is not None:
            lines.forms[rows[problem.line]].add_error(problem.field, words)
        else:
            form.add_error(problem.field if problem.field in form.fields else None, words)


def sum_up(form: OrderForm, lines: LineFormSet) -> None:
    """Say at the top of the form, too, what is wrong with its lines."""
    for error in lines.non_form_errors():
        form.add_error(None, str(error))
    for at, line in enumerate(lines.forms, start=1):
        for errors in line.errors.values():
            form.add_error(None, f"Line {at}: {errors[0]}")


class UploadForm(forms.Form):
    """The shop's file, and which mapping reads it."""

    file = forms.FileField(
        label="Order file", help_text="CSV or XLSX, as your shop exports it; at most 25 MB."
    )
    mapping = forms.ChoiceField(
        label="Columns",
        required=False,
        help_text="You see and can change what each column means in the next step.",
    )

    def __init__(self, *args: Any, mappings: Iterable[ColumnMapping], sample: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["data-sample"] = sample
        saved = [(str(mapping.pk), f"as saved: {mapping.name}") for mapping in mappings]
        self.fields["mapping"].choices = [("", "guess from the headers"), *saved]  # type: ignore[attr-defined]


class NeededChoice(forms.ChoiceField):
    """A column without which no order can be made; that one value for all rows may stand for it is the form's matter."""

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


class MappingForm(forms.Form):
    """What each of our fields is called in the file, what is the same in all rows, and how figures are written."""

    use_required_attribute = False

    channel = forms.CharField(
        label="Shop",
        max_length=80,
        help_text="Numbers are known by shop: the same number from the same shop is one order.",
    )
    date_format = forms.ChoiceField(
        label="Dates are written", choices=[(k, words) for k, (words, _) in DATE_FORMATS.items()]
    )
    time_zone = forms.ChoiceField(label="Time zone of the shop", choices=[(zone, zone) for zone in _ZONES])
    decimal = forms.ChoiceField(label="Figures are written", choices=list(DECIMALS.items()))
    ignore_skus = forms.CharField(
        label="Leave these codes out",
        required=False,
        help_text="Postage, vouchers, tips: separated by commas.",
    )
    country = forms.RegexField(
        "^[A-Z]{2}$", label="Country, where the file names none", help_text="Two capital letters."
    )
    save_as = forms.CharField(
        label="Save this mapping as",
        required=False,
        max_length=80,
        help_text="For the next file of this shop.",
    )

    def __init__(self, *args: Any, headers: Sequence[str], example: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, needed) in FIELDS.items():
            self.fields[f"column_{name}"] = (NeededChoice if needed else forms.ChoiceField)(
                label=label,
                required=needed,
                choices=[("", "— not in the file —"), *((h, _with_example(h, example)) for h in headers)],
            )
        for name in CONSTANT_FIELDS:
            if name != "country":
                self.fields[f"constant_{name}"] = forms.CharField(
                    label=FIELDS[name][0], required=False, max_length=160
                )
        self.sections = [
            ("Which column is which", "We guessed from the headers; the first row is shown beside each.",
             [f"column_{name}" for name in FIELDS]),
            ("How it is written", "", ["date_format", "time_zone", "decimal", "channel"]),
            ("The same in every row", "Only for what the file does not say.",
             ["country", *(f"constant_{name}" for name in CONSTANT_FIELDS if name != "country"), "ignore_skus"]),
            ("Keep it", "", ["save_as"]),
        ]  # fmt: skip

    @classmethod
    def initial_from(cls, mapping: OrderMapping) -> dict[str, Any]:
        """What the form shows for a mapping."""
        return {
            **{f"column_{name}": header for name, header in mapping.columns.items()},
            **{f"constant_{name}": text for name, text in mapping.constants.items()},
            "date_format": mapping.date_format,
            "time_zone": mapping.time_zone,
            "decimal": mapping.decimal,
            "country": mapping.country,
            "channel": mapping.channel,
            "ignore_skus": ", ".join(mapping.ignore_skus),
        }

    def mapping(self) -> OrderMapping:
        """The mapping that the valid form says."""
        told = self.cleaned_data
        codes = [code.strip() for code in told["ignore_skus"].split(",")]
        return OrderMapping(
            columns={name: told[f"column_{name}"] for name in FIELDS if told[f"column_{name}"]},
            constants={n: told[f"constant_{n}"] for n in CONSTANT_FIELDS if told.get(f"constant_{n}")},
            date_format=told["date_format"],
            time_zone=told["time_zone"],
            decimal=told["decimal"],
            country=told["country"],
            channel=told["channel"],
            ignore_skus=[code for code in codes if code],
        )

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        for name, (label, needed) in FIELDS.items():
            if needed and not told.get(f"column_{name}") and not told.get(f"constant_{name}"):
                remedy = ", or one value for all rows below." if name in CONSTANT_FIELDS else "."
                self.add_error(f"column_{name}", f"{label}: choose its column{remedy}")
        return told


def _with_example(header: str, example: dict[str, str]) -> str:
    value = example.get(header, "")
    return f"{header}: {value[:40]}" if value else header
