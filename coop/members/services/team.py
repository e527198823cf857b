"""Who works for a member."""

from __future__ import annotations

from coop.identity.models import User
from coop.kernel.acts import act
from coop.kernel.errors import Conflict
from coop.kernel.locks import lock_rows
from coop.members.models import Member, MemberRole, Membership


class LastOwner(Conflict):
    """A member always has an owner."""

    code = "last_owner"


@act
def join_team(*, member: Member, user: User, role: str, by: User | None) -> Membership:
    """A person works for a member from now on. Raises Conflict (already_member)."""
    return Membership.objects.create(member=member, user=user, role=role)


@act
def change_role(*, membership: Membership, role: str, by: User | None) -> Membership:
    """Give somebody another role in their team. Raises LastOwner."""
    if role != MemberRole.OWNER:
        _keep_an_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@act
def remove_from_team(*, membership: Membership, by: User | None) -> None:
    """Somebody no longer works for this member; their account stays. Raises LastOwner."""
    _keep_an_owner(membership)
    membership.delete()


def _keep_an_owner(membership: Membership) -> None:
    # The member's row is the lock: two owners who remove each other at the same time meet here.
    lock_rows(Member.objects.filter(pk=membership.member_id))
    owners = Membership.objects.filter(member_id=membership.member_id, role=MemberRole.OWNER)
    if owners.filter(pk=membership.pk).exists() and not owners.exclude(pk=membership.pk).exists():
        raise LastOwner("A member always has an owner. Make somebody else an owner first.")
