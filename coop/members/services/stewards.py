"""The first steward of a new installation comes in by a one-time link; there is no default password."""

from __future__ import annotations

import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Conflict
from coop.kernel.locks import lock_rows
from coop.members.authentication import digest
from coop.members.models import StewardInvitation
from coop.nodes.models import StaffRole
from coop.nodes.services import post_staff

HOLDS_FOR = timedelta(hours=24)


class LinkSpent(Conflict):
    """The link was used, is too old, or never was one of ours."""

    code = "link_spent"

    def __init__(self) -> None:
        super().__init__("This link was used already or is too old. Ask for a new one.")


@act
def invite_steward() -> tuple[StewardInvitation, str]:
    """A one-time way in for a steward, and its token. Only a digest is kept; it holds for 24 hours."""
    token = secrets.token_urlsafe(32)
    invitation = StewardInvitation.objects.create(
        digest=digest(token), created_at=clock.now(), expires_at=clock.now() + HOLDS_FOR
    )
    return invitation, token


def open_stewardship(*, token: str) -> StewardInvitation:
    """The invitation behind a token, if it still holds. Raises LinkSpent."""
    invitation = StewardInvitation.objects.filter(
        digest=digest(token), used_at=None, expires_at__gt=clock.now()
    ).first()
    if invitation is None:
        raise LinkSpent
    return invitation


@act
def accept_stewardship(*, token: str, email: str, name: str, password: str) -> User:
    """A new person with this e-mail address (taken as verified) becomes steward; the link is spent.

    Raises LinkSpent, and Conflict (email_taken) for somebody who has an account: that one gets the post from a steward.
    """
    rows = StewardInvitation.objects.filter(digest=digest(token), used_at=None, expires_at__gt=clock.now())
    locked = lock_rows(rows)
    if not locked:
        raise LinkSpent
    user = new_person(email=email, name=name, password=password)
    post_staff(user=user, role=StaffRole.STEWARD, by=None)
    invitation = locked[0]
    invitation.used_at, invitation.used_by = clock.now(), user
    invitation.save(update_fields=["used_at", "used_by"])
    return user


def new_person(*, email: str, name: str, password: str) -> User:
    """An account whose address needs no mail to be believed: whoever holds the link was trusted with it."""
    user = User.objects.create_user(email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
