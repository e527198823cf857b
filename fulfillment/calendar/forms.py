"""What people say about the address of a calendar."""

from __future__ import annotations

from django import forms


class FeedForm(forms.Form):
    """A name for an address, so that it can be told from the others when one is revoked."""

    name = forms.CharField(
        max_length=80,
        label="What reads it",
        help_text="The studio's phone, the calendar at the packing table.",
    )
