from __future__ import annotations

from django import forms


class ReleaseForm(forms.Form):
    """How much of the queue goes into the next wave."""

    max_orders = forms.IntegerField(
        label="Orders at most",
        min_value=1,
        max_value=2000,
        initial=60,
        help_text="Whole orders, the earliest promise first.",
    )
    due = forms.ChoiceField(
        label="Take",
        choices=[("", "Whatever is next"), ("today", "Only what must leave today")],
        required=False,
    )
