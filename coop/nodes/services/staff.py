"""Who works for the co-op, and where."""

from __future__ import annotations

from coop.identity.models import User
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows
from coop.nodes.errors import LastSteward
from coop.nodes.models import Node, StaffPost, StaffRole


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
