"""Coming in: applying, and accepting a link."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from coop.identity.doors import Door, public, signed_in
from coop.identity.models import User
from coop.kernel.errors import DomainError
from coop.members import services
from coop.members.forms import SIGNED_IN_BACKEND, ApplyForm, NewPersonForm, StewardForm
from coop.members.models import Application
from coop.web.forms import refuse

_DRAFT = "application_draft"


@public(methods=("GET", "POST"))
def apply(request: HttpRequest, door: Door) -> HttpResponse:
    """Ask to join. Somebody without an account makes one first; what they typed waits for them in the session."""
    draft = request.session.get(_DRAFT)
    form = ApplyForm(request.POST or None, initial=draft)
    if request.method != "POST":
        return render(request, "coop/members/apply.html", {"form": form, "draft": draft})
    if not form.is_valid():
        return render(request, "coop/members/apply.html", {"form": form}, status=422)
    if door.user is None:
        request.session[_DRAFT] = form.cleaned_data
        messages.info(request, "Your application is kept. Make an account, then send it off.")
        return redirect(reverse("account_signup") + "?" + urlencode({"next": reverse("public:apply")}))
    try:
        services.apply_to_join(applicant=door.user, **form.cleaned_data)
    except DomainError as error:
        refuse(form, error)
        return render(request, "coop/members/apply.html", {"form": form}, status=error.status)
    request.session.pop(_DRAFT, None)
    return redirect("public:application")


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
    form = NewPersonForm(request.POST or None)
    form.known_email = asked.email
    context = {"invitation": asked, "form": form, "stranger": door.user is None, "path": request.path}
    if request.method == "POST" and door.user is not None:
        services.accept_invitation(token=token, user=door.user)
        messages.success(request, f"Welcome to {asked.place}.")
        return redirect("home")
    if request.method == "POST" and form.is_valid():
        try:
            person = services.accept_as_new_person(
                token=token, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
            )
        except DomainError as error:
            refuse(form, error)
            return render(request, "coop/members/invitation.html", context, status=error.status)
        return _welcome(request, person, f"Welcome to {asked.place}.")
    status = 422 if request.method == "POST" else 200
    return render(request, "coop/members/invitation.html", context, status=status)


@public(methods=("GET", "POST"))
def stewardship(request: HttpRequest, door: Door, token: str) -> HttpResponse:
    """The first steward comes in."""
    invitation = services.open_stewardship(token=token)
    form = StewardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.accept_stewardship(token=token, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            return _welcome(request, person, "You are a steward of the co-op. Set up the first node next.")
    status = 422 if request.method == "POST" else 200
    return render(
        request, "coop/members/stewardship.html", {"form": form, "invitation": invitation}, status=status
    )


def _welcome(request: HttpRequest, person: User, words: str) -> HttpResponse:
    login(request, person, backend=SIGNED_IN_BACKEND)
    messages.success(request, words)
    return redirect("home")
