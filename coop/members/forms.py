"""What people type about themselves, their business and their colleagues."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from coop.identity.models import User
from coop.kernel.postal import COUNTRIES
from coop.members.models import Application, Member, MemberRole
from coop.members.vat import normal_vat_id
from coop.nodes.models import Node, StaffRole

_ADDRESS = ["legal_name", "street", "postcode", "city", "country", "vat_id"]


class AddressForm(forms.ModelForm):
    """The part that ends up on an invoice."""

    country = forms.ChoiceField(choices=COUNTRIES, initial="DE")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vat_id"].label = "VAT number"
        self.fields["vat_id"].help_text = "Leave it empty if you have none."
        self.fields["street"].widget.attrs["autocomplete"] = "street-address"
        self.fields["postcode"].widget.attrs["autocomplete"] = "postal-code"
        self.fields["legal_name"].help_text = "As it stands on invoices to you."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        number, country = cleaned.get("vat_id", ""), cleaned.get("country", "")
        if number and country and normal_vat_id(number, country) is None:
            self.add_error(
                "vat_id", f"This is not a VAT number of {country}. Check for a slip, or leave it empty."
            )
        return cleaned


class ApplyForm(AddressForm):
    """A creator asks to join."""

    sections = [
        ("Your business", "", ["business_name", "trade", "about", "parcels_a_month"]),
        ("For the invoice", "We never share this with other members.", _ADDRESS),
    ]

    class Meta:
        model = Application
        fields = ["business_name", "trade", "about", "parcels_a_month", *_ADDRESS]
        labels = {
            "business_name": "What is your business called?",
            "trade": "What do you make?",
            "about": "Tell us about it",
            "parcels_a_month": "Parcels a month",
        }
        help_texts = {
            "trade": "Pots, prints, coffee, candles …",
            "parcels_a_month": "Roughly; 0 if you are just starting.",
        }
        widgets = {"about": forms.Textarea(attrs={"rows": 5})}


class MemberForm(AddressForm):
    """What a member says of itself."""

    sections = [
        ("Your business", "", ["name", "trade", "email", "story"]),
        ("In the parcel", "", ["thank_you"]),
        ("For the invoice", "The next invoice uses this; those already issued stay as they are.", _ADDRESS),
    ]

    class Meta:
        model = Member
        fields = ["name", "trade", "email", "story", "thank_you", *_ADDRESS]
        labels = {"thank_you": "Thank-you words", "email": "E-mail for orders and invoices"}
        help_texts = {"story": "Who makes it, how and why, in your own words."}
        widgets = {"story": forms.Textarea(attrs={"rows": 5}), "thank_you": forms.Textarea(attrs={"rows": 2})}


class DecisionForm(forms.Form):
    """A steward's answer."""

    note = forms.CharField(
        label="Note to the applicant",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="It goes into the e-mail, in your words.",
    )


class HoldForm(forms.Form):
    """Why a member is put on hold."""

    reason = forms.CharField(max_length=200, help_text="The member reads this on their overview.")


class InviteForm(forms.Form):
    """Ask somebody into a member's team."""

    email = forms.EmailField(label="E-mail")
    role = forms.ChoiceField(choices=MemberRole.choices, initial=MemberRole.MANAGER)


class RoleForm(forms.Form):
    """Another role in the team."""

    role = forms.ChoiceField(choices=MemberRole.choices)


class PostForm(forms.Form):
    """Ask somebody to work for the co-op."""

    email = forms.EmailField(label="E-mail")
    role = forms.ChoiceField(choices=StaffRole.choices, label="Post")
    node: forms.ModelChoiceField[Node] = forms.ModelChoiceField(
        queryset=None, required=False, help_text="For pickers and operators.", empty_label="The whole co-op"
    )

    def __init__(self, *args: Any, nodes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Node]", self.fields["node"]).queryset = nodes

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        node: Node | None = cleaned.get("node")
        at_a_node = cleaned.get("role") in {StaffRole.PICKER, StaffRole.OPERATOR}
        if at_a_node and node is None and not self.errors:
            self.add_error("node", "Pickers and operators work at a node: choose which.")
        if not at_a_node and node is not None:
            self.add_error("node", "Accountants and stewards work for the whole co-op: leave this as it is.")
        return cleaned


class KeyForm(forms.Form):
    """A name for an API key, so that it can be told from others when it is to be revoked."""

    name = forms.CharField(max_length=80, help_text="What will use it: “web shop”, “stock script”.")


class NewPersonForm(forms.Form):
    """Name and password of somebody who came by a link."""

    name = forms.CharField(
        max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters. Four words in a row are easy to keep and hard to guess.",
    )

    known_email = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            person = User(email=cleaned.get("email", self.known_email), name=cleaned.get("name", ""))
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class StewardForm(NewPersonForm):
    """The first steward."""

    field_order = ["email", "name", "password"]
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))


SIGNED_IN_BACKEND = settings.AUTHENTICATION_BACKENDS[0]
