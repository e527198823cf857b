"""What accountants type about the co-op itself."""

from __future__ import annotations

from typing import Any

from django import forms

from billing.invoices.models import Issuer
from billing.invoices.services import IssuerDetails
from coop.kernel.postal import COUNTRIES
from coop.nodes.forms import TIMEZONES


class IssuerForm(forms.ModelForm):
    """The co-op as a legal person."""

    sections = [
        ("Who issues", "As it stands in the register.", ["legal_name", "street", "postcode", "city", "country"]),
        ("Tax", "", ["vat_id", "vat_rate"]),
        ("Where members pay and ask", "", ["email", "iban", "payment_days"]),
        ("Numbers and days", "", ["number_prefix", "timezone"]),
    ]  # fmt: skip

    country = forms.ChoiceField(choices=COUNTRIES, initial="DE")
    timezone = forms.ChoiceField(
        label="Time zone", choices=TIMEZONES, initial="Europe/Berlin",
        help_text="An invoice is issued on the day that it is there.",
    )  # fmt: skip
    vat_rate = forms.DecimalField(
        label="VAT rate", min_value=0, max_value=99, max_digits=5, decimal_places=2,
        widget=forms.NumberInput(attrs={"data-unit": "%"}), help_text="At home; other countries follow from it.",
    )  # fmt: skip
    payment_days = forms.IntegerField(
        label="Due after", min_value=0, max_value=120, initial=14,
        widget=forms.NumberInput(attrs={"data-unit": "days"}),
    )  # fmt: skip
    iban = forms.CharField(
        label="IBAN", required=False, max_length=42, help_text="For the transfer code on the invoice."
    )

    class Meta:
        model = Issuer
        fields = list(IssuerDetails.__dataclass_fields__)
        labels = {"vat_id": "VAT number", "email": "E-mail for questions", "number_prefix": "Prefix"}
        help_texts = {
            "vat_id": "With its country: DE136695976",
            "number_prefix": "Invoices are numbered CS-2026-00042. A new prefix begins at 1.",
        }

    def details(self) -> IssuerDetails:
        """What the service wants."""
        values: dict[str, Any] = self.cleaned_data
        return IssuerDetails(**{name: values[name] for name in IssuerDetails.__dataclass_fields__})
