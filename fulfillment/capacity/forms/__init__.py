"""What people type about slots."""

from __future__ import annotations

from fulfillment.capacity.forms.asking import AskForm, ChangeForm, SearchForm, SeriesForm
from fulfillment.capacity.forms.publishing import (
    CapacityForm,
    CloseForm,
    NewPoolForm,
    OverrideForm,
    TermsFormSet,
    terms_in,
)

__all__ = [
    "AskForm",
    "CapacityForm",
    "ChangeForm",
    "CloseForm",
    "NewPoolForm",
    "OverrideForm",
    "SearchForm",
    "SeriesForm",
    "TermsFormSet",
    "terms_in",
]
