"""Who works for whom: the teams of members, the posts of the co-op."""

from __future__ import annotations

from coop.acts import act
from coop.errors import Conflict
from coop.locks import lock_rows
from coop.members.models import Member, MemberRole, Membership, StaffPost, StaffRole, User
from coop.nodes.models import Node


class LastOwner(Conflict):
    """A member always has an owner."""

    code = "last_owner"


class LastSteward(Conflict):
    """The co-op always has a steward."""

    code = "last_steward"


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


@act
def post_staff(*, user: User, role: str, by: User | None, node: Node | None = None) -> StaffPost:
    """Give somebody a post: picker or operator at a node, accountant or steward of the co-op.

    A steward may also look into the admin. Raises Conflict (already_posted), Invalid (post_place).
    """
    post = StaffPost.objects.create(user=user, role=role, node=node)
    if role == StaffRole.STEWARD and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return post


@act
def withdraw_post(*, post: StaffPost, by: User | None) -> None:
    """Take a post back. Raises LastSteward."""
    if post.role == StaffRole.STEWARD:
        # All stewards' rows are the lock: two stewards who withdraw each other meet here.
        stewards = lock_rows(StaffPost.objects.filter(role=StaffRole.STEWARD))
        if not [other for other in stewards if other.pk != post.pk]:
            raise LastSteward("The co-op always has a steward. Give the post to somebody else first.")
        post.user.is_staff = False
        post.user.save(update_fields=["is_staff"])
    post.delete()
