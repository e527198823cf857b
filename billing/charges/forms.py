"""What is asked about prices."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from billing.charges.quotes import Wish
from fulfillment.models import SlotPool

MOST_DAYS = 400
MOST_STRETCHES = 120


class QuoteForm(forms.Form):
    """Which slots, how many, when: `first_day` and `last_day` may be given several times, as pairs (a series)."""

    pool = forms.ModelMultipleChoiceField(queryset=SlotPool.objects.none())
    slots = forms.IntegerField(min_value=1, max_value=100_000)

    def __init__(self, *args: Any, pools: QuerySet[SlotPool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = pools  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        read: dict[str, Any] = super().clean() or self.cleaned_data
        firsts, lasts = (self._days(name) for name in ("first_day", "last_day"))
        pairs = list(zip(firsts, lasts, strict=False))
        if not pairs or len(firsts) != len(lasts):
            raise forms.ValidationError("Say from which day to which.")
        if len(pairs) > MOST_STRETCHES or any(
            not 0 <= (last - first).days < MOST_DAYS for first, last in pairs
        ):
            raise forms.ValidationError(f"The last day comes after the first, at most {MOST_DAYS} days on.")
        read["stretches"] = pairs
        return read

    def wishes(self) -> list[Wish]:
        """What is asked, once the form is valid."""
        read = self.cleaned_data
        return [
            Wish(pool, read["slots"], first, last)
            for pool in read["pool"]
            for first, last in read["stretches"]
        ]

    def _days(self, name: str) -> list[dt.date]:
        try:
            return [dt.date.fromisoformat(text) for text in cast(QueryDict, self.data).getlist(name)]
        except ValueError as error:
            raise forms.ValidationError("Say the days as 2026-10-31.") from error
