"""A member's people, settings and keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel import clock
from coop.members import services
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.members.forms import InviteForm, KeyForm, MemberForm, RoleForm
from coop.members.models import ApiKey, Invitation, Membership
from coop.web.forms import status_of
from coop.web.pages import ask_first, show_form, submit


@portal(OWNER, MANAGER, ACCOUNTANT)
def team(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Who works here, and who is asked to."""
    return _team(request, door, InviteForm())


@portal(OWNER, methods=("POST",))
def invite(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Ask somebody in by e-mail."""
    form = InviteForm(request.POST)
    asked = submit(request, form, lambda to: services.invite_to_team(member=door.member, by=door.user, **to))
    if not asked:
        return _team(request, door, form, status_of(form))
    messages.success(request, f"{asked.result.email} gets a letter with a link. It holds for a week.")
    return redirect("portal:team", member=door.member.slug)


@portal(OWNER, methods=("GET", "POST"))
def withdraw(request: HttpRequest, door: MemberDoor, invitation: UUID) -> HttpResponse:
    """Take an invitation back."""
    asked = door.get(Invitation, invitation)
    if request.method == "POST":
        services.withdraw_invitation(invitation=asked, by=door.user)
        messages.success(request, f"The link in {asked.email}'s letter opens nothing any more.")
        return redirect("portal:team", member=door.member.slug)
    return ask_first(
        request,
        area="portal",
        title=f"Withdraw the invitation of {asked.email}?",
        what="The link in the letter stops working.",
        label="Withdraw it",
        back_url=reverse("portal:team", args=[door.member.slug]),
    )


@portal(OWNER, methods=("POST",))
def change_role(request: HttpRequest, door: MemberDoor, membership: UUID) -> HttpResponse:
    """Another role for somebody."""
    person = door.get(Membership, membership)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _team(request, door, InviteForm(), 422)
    services.change_role(membership=person, by=door.user, **form.cleaned_data)
    messages.success(request, f"{person.user} is {person.get_role_display()} now.")
    return redirect("home" if person.user == door.user else reverse("portal:team", args=[door.member.slug]))


@portal(OWNER, methods=("GET", "POST"))
def remove(request: HttpRequest, door: MemberDoor, membership: UUID) -> HttpResponse:
    """Somebody leaves the team."""
    person = door.get(Membership, membership)
    if request.method == "POST":
        services.remove_from_team(membership=person, by=door.user)
        messages.success(request, f"{person.user} no longer works for {door.member}.")
        return redirect(
            "home" if person.user == door.user else reverse("portal:team", args=[door.member.slug])
        )
    return ask_first(
        request,
        area="portal",
        title=f"Remove {person.user} from the team?",
        what=f"They lose sight of {door.member} at once. Their own account stays.",
        label="Remove them",
        back_url=reverse("portal:team", args=[door.member.slug]),
    )


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def settings(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """What the member says of itself."""
    form = MemberForm(request.POST or None, instance=door.member)

    def change(to: dict[str, Any]) -> None:
        services.change_member(member=door.member, details=services.MemberDetails(**to), by=door.user)

    if submit(request, form, change):
        messages.success(request, "Saved.")
        return redirect("portal:settings", member=door.member.slug)
    return show_form(request, "coop/members/settings.html", form)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def keys(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """API keys. A new key's token stands in this one answer and nowhere else."""
    form, made, token = KeyForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        made, token = services.create_api_key(member=door.member, by=door.user, **form.cleaned_data)
        form = KeyForm()
    context = {
        "form": form,
        "made": made,
        "token": token,
        "keys": door.all(ApiKey)
        .select_related("created_by")
        .order_by(F("revoked_at").desc(nulls_first=True), "-created_at"),
    }
    status = 422 if form.errors else 200
    response = render(request, "coop/members/keys.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def revoke_key(request: HttpRequest, door: MemberDoor, key: UUID) -> HttpResponse:
    """A key is closed for good."""
    row = door.get(ApiKey, key)
    if request.method == "POST":
        services.revoke_api_key(key=row, by=door.user)
        messages.success(request, f"“{row.name}” opens nothing any more.")
        return redirect("portal:keys", member=door.member.slug)
    return ask_first(
        request,
        area="portal",
        title=f"Revoke the key “{row.name}”?",
        what="Whatever uses it is refused from that moment on. It cannot be undone; make a new key instead.",
        label="Revoke it",
        back_url=reverse("portal:keys", args=[door.member.slug]),
    )


def _team(request: HttpRequest, door: MemberDoor, form: InviteForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "people": door.all(Membership).select_related("user").order_by("user__name", "user__email"),
        "invitations": door.all(Invitation).filter(closed_at=None, expires_at__gt=clock.now()),
        "roles": RoleForm.base_fields["role"].choices,  # type: ignore[attr-defined]
        "may_change": door.role == OWNER,
    }
    return render(request, "coop/members/team.html", context, status=status)
