"""Asking people by e-mail to work with us. The link is signed, holds for a week and works once."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.urls import reverse

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Conflict, NotAllowed
from coop.kernel.locks import lock_rows
from coop.members.mail import tell
from coop.members.models import Invitation, Member, Membership
from coop.members.services.stewards import LinkSpent, new_person
from coop.members.services.team import join_team
from coop.nodes.models import Node, StaffPost
from coop.nodes.services import post_staff

HOLDS_FOR = timedelta(days=7)
_signer = Signer(salt="coop.members.invitation")


class AlreadyThere(Conflict):
    """The person works there already."""

    code = "already_there"


@act
def invite_to_team(*, member: Member, email: str, role: str, by: User | None) -> Invitation:
    """Ask somebody by e-mail to work for a member. Raises AlreadyThere, Conflict (already_invited)."""
    if Membership.objects.filter(member=member, user__email__iexact=email).exists():
        raise AlreadyThere(f"{email} works for {member.name} already.", field="email")
    return _invite(Invitation(email=email.lower(), member=member, role=role, invited_by=by))


@act
def invite_to_work(*, email: str, role: str, by: User | None, node: Node | None = None) -> Invitation:
    """Ask somebody by e-mail to take a post. Raises AlreadyThere, Conflict (already_invited), Invalid (invitation_place)."""
    if StaffPost.objects.filter(user__email__iexact=email, role=role, node=node).exists():
        raise AlreadyThere(f"{email} holds this post already.", field="email")
    return _invite(Invitation(email=email.lower(), node=node, role=role, invited_by=by))


def _invite(invitation: Invitation) -> Invitation:
    # An invitation that ran out must not stand in the way of the next one.
    Invitation.objects.filter(
        email__iexact=invitation.email,
        member=invitation.member,
        node=invitation.node,
        closed_at=None,
        expires_at__lte=clock.now(),
    ).update(closed_at=clock.now())
    invitation.expires_at = clock.now() + HOLDS_FOR
    invitation.save(force_insert=True)
    tell("invitation", invitation.pk)
    return invitation


def link_of(invitation: Invitation) -> str:
    """The address in the mail. It follows from the row and the secret key, so it is written down nowhere."""
    return settings.SITE_URL + reverse(
        "public:invitation", kwargs={"token": _signer.sign(str(invitation.pk))}
    )


def open_invitation(*, token: str) -> Invitation:
    """The invitation behind a link, if it still holds. Raises LinkSpent."""
    invitation = _held(token).select_related("member", "node", "invited_by").first()
    if invitation is None:
        raise LinkSpent
    return invitation


@act
def accept_invitation(*, token: str, user: User) -> Invitation:
    """Somebody with an account takes the role they were asked into. Raises LinkSpent, NotAllowed for another address."""
    invitation = _take(token)
    if invitation.email.lower() != user.email.lower():
        raise NotAllowed(
            f"This invitation is for {invitation.email}, and you are signed in as {user.email}.",
            code="other_person",
        )
    return _settle(invitation, user)


@act
def accept_as_new_person(*, token: str, name: str, password: str) -> User:
    """Somebody without an account gets one, with the address the link was sent to. Raises LinkSpent, Conflict (email_taken)."""
    invitation = _take(token)
    user = new_person(email=invitation.email, name=name, password=password)
    _settle(invitation, user)
    return user


@act
def withdraw_invitation(*, invitation: Invitation, by: User | None) -> None:
    """The link opens nothing any more. Twice is once."""
    Invitation.objects.filter(pk=invitation.pk, closed_at=None).update(closed_at=clock.now())


def _take(token: str) -> Invitation:
    locked = lock_rows(_held(token))
    if not locked:
        raise LinkSpent
    return locked[0]


def _held(token: str) -> models.QuerySet[Invitation]:
    try:
        pk = _signer.unsign(token)
    except BadSignature as error:
        raise LinkSpent from error
    return Invitation.objects.filter(pk=pk, closed_at=None, expires_at__gt=clock.now())


def _settle(invitation: Invitation, user: User) -> Invitation:
    if invitation.member is not None:
        join_team(member=invitation.member, user=user, role=invitation.role, by=invitation.invited_by)
    else:
        post_staff(user=user, role=invitation.role, node=invitation.node, by=invitation.invited_by)
    invitation.closed_at, invitation.accepted_by = clock.now(), user
    invitation.save(update_fields=["closed_at", "accepted_by"])
    return invitation
