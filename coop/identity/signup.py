"""What is asked of somebody who makes an account, besides e-mail and password. allauth's form stands on this one."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest

from coop.identity.models import User


class NameForm(forms.Form):
    """A person's name: colleagues and stewards read it beside everything that person does."""

    name = forms.CharField(
        max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = " ".join(self.cleaned_data["name"].split())
        user.save(update_fields=["name"])
