"""Stewards: who asks to join, who is in, who works for the co-op."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.reasons import Reason
from coop.kernel.totals import beside
from coop.members import services
from coop.members.forms import DecisionForm, HoldForm, PostForm
from coop.members.models import Application, Invitation, Member, Membership
from coop.nodes import services as staff_services
from coop.nodes.doors import CoopDoor, network
from coop.nodes.models import Node, StaffPost
from coop.web.pages import ListPage, ask_first, show_form, submit

_HIDDEN = {"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj", "pgh_context", "id"}


@network()
def application_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Everybody who asked to join, the latest first."""
    listed = ListPage(
        request,
        door.all(Application),
        order=("-applied_at", "-id"),
        search=("business_name", "trade", "applicant__email"),
        by="state",
        choices=Application.State,
        select=lambda rows: rows.select_related("applicant"),
    )
    context = {
        "page": listed.page,
        "states": listed.chips,
        "waiting": listed.counts.get(Application.State.WAITING, 0),
    }
    return render(request, "coop/members/application_list.html", context)


@network()
def application_detail(request: HttpRequest, door: CoopDoor, application: UUID) -> HttpResponse:
    """One application, and the two answers."""
    row = _application(door, application)
    return render(
        request, "coop/members/application_detail.html", {"application": row, "form": DecisionForm()}
    )


@network(methods=("POST",))
def approve(request: HttpRequest, door: CoopDoor, application: UUID) -> HttpResponse:
    """Yes."""
    row, form = _application(door, application), DecisionForm(request.POST)
    if not form.is_valid():
        return render(
            request, "coop/members/application_detail.html", {"application": row, "form": form}, status=422
        )
    member = services.approve_application(application=row, by=door.user, note=form.cleaned_data["note"])
    messages.success(request, f"{member} is a member. {row.applicant.email} gets a letter.")
    return redirect("network:member-detail", pk=member.pk)


@network(methods=("POST",))
def decline(request: HttpRequest, door: CoopDoor, application: UUID) -> HttpResponse:
    """No."""
    row, form = _application(door, application), DecisionForm(request.POST)
    if not form.is_valid():
        return render(
            request, "coop/members/application_detail.html", {"application": row, "form": form}, status=422
        )
    services.decline_application(application=row, by=door.user, note=form.cleaned_data["note"])
    messages.success(request, f"Declined. {row.applicant.email} gets a letter.")
    return redirect("network:application-list")


@network()
def member_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """All members."""
    listed = ListPage(
        request,
        door.all(Member),
        order=("name", "id"),
        search=("name", "trade", "city"),
        by="standing",
        choices=Member.Standing,
        select=lambda rows: rows.annotate(sku_count=beside(door.all(Member), Count("skus"), of="pk")),
    )
    context = {
        "page": listed.page,
        "standings": listed.chips,
        "total": listed.total,
        "on_hold": listed.counts.get(Member.Standing.ON_HOLD, 0),
    }
    return render(request, "coop/members/member_list.html", context)


@network()
def member_detail(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """One member: standing, people, history."""
    return _member(request, door, door.get(Member, pk), HoldForm())


@network(methods=("POST",))
def hold(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """New orders wait."""
    member, form = door.get(Member, pk), HoldForm(request.POST)
    if not form.is_valid():
        return _member(request, door, member, form, 422)
    reason = Reason(Member.Hold.STEWARD, form.cleaned_data["reason"])
    services.place_on_hold(member=member, reason=reason)
    messages.success(request, f"New orders of {member} wait until you lift the hold. Nothing is lost.")
    return redirect("network:member-detail", pk=member.pk)


@network(methods=("POST",))
def lift(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Orders flow again."""
    member = door.get(Member, pk)
    services.lift_hold(member=member)
    messages.success(request, f"Orders of {member} flow again.")
    return redirect("network:member-detail", pk=member.pk)


@network(methods=("GET", "POST"))
def staff(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Posts of the co-op: who holds which, and asking somebody to take one."""
    form = PostForm(request.POST or None, nodes=door.all(Node))
    posted = submit(request, form, lambda to: _post(door, **to))
    if posted:
        messages.success(request, posted.result)
        return redirect("network:staff")
    context = {
        "posts": door.all(StaffPost)
        .select_related("user", "node")
        .order_by("role", "node__name", "user__name"),
        "invitations": door.all(Invitation)
        .select_related("node")
        .filter(member=None, closed_at=None, expires_at__gt=clock.now()),
    }
    return show_form(request, "coop/members/staff.html", form, context)


@network(methods=("GET", "POST"))
def withdraw_post(request: HttpRequest, door: CoopDoor, post: UUID) -> HttpResponse:
    """Take a post back."""
    row = door.get(StaffPost, post)
    if request.method == "POST":
        staff_services.withdraw_post(post=row, by=door.user)
        messages.success(request, f"{row.user} is no longer {row.get_role_display()}.")
        return redirect("home" if row.user == door.user else "network:staff")
    return ask_first(
        request,
        area="network",
        title=f"Withdraw this post: {row}?",
        what=f"{row.user} loses access at once. Their own account and what they did stay.",
        label="Withdraw the post",
        back_url=reverse("network:staff"),
    )


@network(methods=("GET", "POST"))
def withdraw_invitation(request: HttpRequest, door: CoopDoor, invitation: UUID) -> HttpResponse:
    """Take an invitation back."""
    row = door.get(Invitation, invitation, member=None)
    if request.method == "POST":
        services.withdraw_invitation(invitation=row, by=door.user)
        messages.success(request, f"The link in {row.email}'s letter opens nothing any more.")
        return redirect("network:staff")
    return ask_first(
        request,
        area="network",
        title=f"Withdraw the invitation of {row.email}?",
        what="The link in the letter stops working.",
        label="Withdraw it",
        back_url=reverse("network:staff"),
    )


def _post(door: CoopDoor, *, email: str, role: str, node: Node | None) -> str:
    """Somebody with an account gets the post at once; somebody without gets a letter."""
    person = door.all(User).filter(email__iexact=email).first()
    if person is not None:
        return f"Posted: {staff_services.post_staff(user=person, role=role, node=node, by=door.user)}."
    services.invite_to_work(email=email, role=role, node=node, by=door.user)
    return f"{email} gets a letter with a link. It holds for a week."


def _application(door: CoopDoor, pk: UUID) -> Application:
    rows: QuerySet[Application] = door.all(Application)
    found = door.get(Application, pk)
    return rows.select_related("applicant", "member", "decided_by").get(pk=found.pk)


def _member(
    request: HttpRequest, door: CoopDoor, member: Member, form: HoldForm, status: int = 200
) -> HttpResponse:
    context = {
        "member": member,
        "form": form,
        "people": door.all(Membership)
        .filter(member=member)
        .select_related("user")
        .order_by("role", "user__name"),
        "application": door.all(Application).filter(member=member).first(),
        "events": _history(door, member),
    }
    return render(request, "coop/members/member_detail.html", context, status=status)


def _history(door: CoopDoor, member: Member, limit: int = 20) -> list[dict[str, Any]]:
    """What changed, by whom, the latest first: each past row against the one before it."""
    past = (
        door.all(apps.get_model("coop", "MemberEvent")).filter(pgh_obj=member).select_related("pgh_context")
    )
    rows: list[Any] = list(past.order_by("-pgh_id")[: limit + 1])
    names = _names(door, rows)
    events: list[dict[str, Any]] = []
    for row, earlier in zip(rows, [*rows[1:], None], strict=True):
        if len(events) == limit:
            break
        who = (row.pgh_context.metadata or {}).get("user") if row.pgh_context else None
        events.append(
            {
                "what": _change(row, earlier),
                "at": row.pgh_created_at,
                "by": names.get(str(who), ""),
                "tone": _tone(row, earlier),
            }
        )
    return events


def _names(door: CoopDoor, rows: list[Any]) -> dict[str, str]:
    told = ((row.pgh_context.metadata or {}).get("user") for row in rows if row.pgh_context)
    ids: set[str] = {user for user in told if user}
    return {str(user.pk): str(user) for user in door.all(User).filter(pk__in=ids)}


def _change(row: Any, earlier: Any) -> str:
    if earlier is None:
        return "Joined the co-op" if row.pgh_label == "insert" else "Changed"
    if row.standing != earlier.standing:
        reason = f": {row.standing_reason}" if row.standing_reason else ""
        return f"Now {Member.Standing(row.standing).label}{reason}"
    changed = [
        field.verbose_name
        for field in row._meta.concrete_fields
        if field.name not in _HIDDEN and getattr(row, field.attname) != getattr(earlier, field.attname)
    ]
    return f"Changed: {', '.join(str(name) for name in changed)}" if changed else "Saved without a change"


def _tone(row: Any, earlier: Any) -> str:
    if earlier is None or row.standing == earlier.standing:
        return ""
    return "good" if row.standing == Member.Standing.GOOD else "warn"
