"""A new rate card: its head, and one row for each price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from billing.rates.models import RateCard
from billing.rates.services import RateInput
from coop.models import Member, Node, StorageClass
from fulfillment.activity.models import UNITS
from fulfillment.models import Kind

_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RateCardForm(forms.Form):
    """Whose it is, from when, and what it is called."""

    name = forms.CharField(max_length=80, help_text="What people call it: “Spring 2027”.")
    valid_from = forms.DateField(
        widget=_DATE,
        label="In force from",
        help_text="The card in force now ends the day before. Work that is charged already keeps its price.",
    )
    valid_until = forms.DateField(
        widget=_DATE, label="Last day", required=False, help_text="Leave empty until further notice."
    )
    member = forms.ChoiceField(
        required=False, help_text="A member's own card goes before the common one, price by price."
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}$", initial="EUR", max_length=3, help_text="ISO code: EUR, CHF, GBP."
    )

    def __init__(self, *args: Any, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._members = {str(member.pk): member for member in members}
        choices = [("", "Everybody"), *((pk, member.name) for pk, member in self._members.items())]
        self.fields["member"].choices = choices  # type: ignore[attr-defined]

    def card(self) -> dict[str, Any]:
        """The keywords for save_rate_card, without the rates."""
        values = dict(self.cleaned_data)
        return {**values, "member": self._members.get(values["member"])}


class EndCardForm(forms.Form):
    """Until when a card prices work."""

    last_day = forms.DateField(
        widget=_DATE, label="Last day", help_text="Work of that day still has these prices."
    )


class RateForm(forms.Form):
    """One price. A row without a price is no row."""

    kind = forms.ChoiceField(
        choices=[(value, f"{label.capitalize()} (per {UNITS[value]})") for value, label in Kind.choices]
    )
    node = forms.ChoiceField(required=False)
    storage_class = forms.ChoiceField(
        choices=[("", "Any"), *StorageClass.choices], required=False, label="Storage class"
    )
    unit_price = forms.DecimalField(
        min_value=0, max_digits=14, decimal_places=6, required=False, label="Unit price"
    )

    def __init__(self, *args: Any, nodes: Iterable[Node], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["node"].choices = [("", "Any"), *((str(n.pk), n.name) for n in nodes)]  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = field.label or name.replace("_", " ").capitalize()


RateFormSet = forms.formset_factory(RateForm, extra=3, max_num=200)


def rates_in(rows: Iterable[dict[str, Any]]) -> list[RateInput]:
    """The rows that have a price, as the service takes them."""
    return [
        RateInput(
            kind=row["kind"],
            unit_price=row["unit_price"],
            node_id=row["node"] or None,
            storage_class=row["storage_class"],
        )
        for row in rows
        if row.get("unit_price") is not None
    ]


def copied(card: RateCard | None, tomorrow: dt.date) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a new card starts with: the prices of `card`; with none, a row for each kind of work."""
    if card is None:
        return {"valid_from": tomorrow}, [{"kind": kind} for kind in Kind.values]
    head = {
        "name": f"{card.name} (new)"[:80],
        "valid_from": max(tomorrow, card.valid_from + dt.timedelta(days=1)),
        "member": str(card.member_id) if card.member_id else "",
        "currency": card.currency,
    }
    rows = [
        {
            "kind": rate.kind,
            "node": str(rate.node_id) if rate.node_id else "",
            "storage_class": rate.storage_class,
            "unit_price": _written(rate.unit_price),
        }
        for rate in sorted_rates(card)
    ]
    return head, rows


def sorted_rates(card: RateCard) -> list[Any]:
    """A card's prices in the order of the work, the general before the special."""
    order = {kind: place for place, kind in enumerate(Kind.values)}
    return sorted(
        card.rates.all(),
        key=lambda r: (order[r.kind], r.node is not None, str(r.node or ""), r.storage_class),
    )


def _written(price: Decimal) -> str:
    """With two places at least, and no zero more than it needs."""
    whole, _, fraction = f"{price:f}".partition(".")
    return f"{whole}.{fraction[:2]}{fraction[2:].rstrip('0')}"
