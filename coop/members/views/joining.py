"""Coming in: applying, and accepting a link."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from coop.identity.doors import Door, public, signed_in
from coop.identity.models import User
from coop.members import services
from coop.members.forms import SIGNED_IN_BACKEND, ApplyForm, NewPersonForm, StewardForm
from coop.members.models import Application
from coop.web.forms import status_of
from coop.web.pages import show_form, submit

_DRAFT = "application_draft"


@public(methods=("GET", "POST"))
def apply(request: HttpRequest, door: Door) -> HttpResponse:
    """Ask to join. Somebody without an account makes one first; what they typed waits for them in the session."""
    draft = None if request.method == "POST" else request.session.get(_DRAFT)
    form = ApplyForm(request.POST if request.method == "POST" else None, initial=draft)
    sent = submit(request, form, lambda told: _send_off(request, door, told))
    if sent:
        return sent.result
    return show_form(request, "coop/members/apply.html", form, {"draft": draft}, status=status_of(form))


@signed_in()
def application(request: HttpRequest, door: Door) -> HttpResponse:
    """What became of my applications."""
    mine = list(door.all(Application).select_related("member").order_by("-applied_at"))
    if not mine:
        return redirect("public:apply")
    return render(request, "coop/members/application.html", {"latest": mine[0], "earlier": mine[1:]})


@public(methods=("GET", "POST"))
def invitation(request: HttpRequest, door: Door, token: str) -> HttpResponse:
    """Accept an invitation: signed in as the one who was invited, or as somebody new."""
    asked = services.open_invitation(token=token)
    form = NewPersonForm(request.POST if request.method == "POST" else None)
    form.known_email = asked.email
    if request.method == "POST" and door.user is not None:
        services.accept_invitation(token=token, user=door.user)
        messages.success(request, f"Welcome to {asked.place}.")
        return redirect("home")
    accepted = submit(
        request,
        form,
        lambda told: services.accept_as_new_person(token=token, name=told["name"], password=told["password"]),
    )
    if accepted:
        return _welcome(request, accepted.result, f"Welcome to {asked.place}.")
    context = {"invitation": asked, "stranger": door.user is None, "path": request.path}
    return show_form(request, "coop/members/invitation.html", form, context, status=status_of(form))


@public(methods=("GET", "POST"))
def stewardship(request: HttpRequest, door: Door, token: str) -> HttpResponse:
    """The first steward comes in."""
    invitation = services.open_stewardship(token=token)
    form = StewardForm(request.POST if request.method == "POST" else None)
    accepted = submit(request, form, lambda told: services.accept_stewardship(token=token, **told))
    if accepted:
        words = "You are a steward of the co-op. Set up the first node next."
        return _welcome(request, accepted.result, words)
    return show_form(request, "coop/members/stewardship.html", form, {"invitation": invitation})


def _send_off(request: HttpRequest, door: Door, told: dict[str, Any]) -> HttpResponse:
    if door.user is None:
        request.session[_DRAFT] = told
        messages.info(request, "Your application is kept. Make an account, then send it off.")
        return redirect(reverse("account_signup") + "?" + urlencode({"next": reverse("public:apply")}))
    services.apply_to_join(applicant=door.user, **told)
    request.session.pop(_DRAFT, None)
    return redirect("public:application")


def _welcome(request: HttpRequest, person: User, words: str) -> HttpResponse:
    login(request, person, backend=SIGNED_IN_BACKEND)
    messages.success(request, words)
    return redirect("home")
