"""The letters this room writes: each an outbox row about one step of a drop to one person; the words are made when it
leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coop.members.models import MemberRole, Membership
from coop.nodes.models import StaffPost, StaffRole
from coop.runtime import outbox
from fulfillment.drops.models import DropStep
from fulfillment.orders.models import Order

TOPIC = "drops.mail"


def tell_house(step: DropStep, what: str, *, staff: bool = False) -> None:
    """Tell the drop's owners and managers, and with `staff` the operators of its nodes. Letter `house_<what>`."""
    member = step.drop.member_id
    roles = [MemberRole.OWNER, MemberRole.MANAGER]
    people = set(
        Membership.objects.filter(member=member, role__in=roles).values_list("user__email", flat=True)
    )
    if staff:
        nodes = step.drop.legs.values("run__cycle__node")
        posts = StaffPost.objects.filter(node__in=nodes, role=StaffRole.OPERATOR)
        people |= set(posts.values_list("user__email", flat=True))
    letter = f"house_{what}"
    outbox.enqueue_many(
        topic=TOPIC,
        messages={
            f"{letter}:{step.pk}:{email}": {"what": letter, "step": str(step.pk), "to": email}
            for email in sorted(people)
        },
    )


def tell_orders(step: DropStep, what: str, orders: Mapping[Order, Mapping[str, Any]]) -> None:
    """Tell the buyer of each order, where an e-mail address is known, with what is particular to it. Letter
    `buyer_<what>`."""
    letter = f"buyer_{what}"
    outbox.enqueue_many(
        topic=TOPIC,
        messages={
            f"{letter}:{step.pk}:{order.pk}": {
                "what": letter, "step": str(step.pk), "to": order.buyer_email, "number": order.number, **extra,
            }
            for order, extra in orders.items()
            if order.buyer_email
        },
    )  # fmt: skip


def waiting_orders(step: DropStep) -> dict[Order, dict[str, Any]]:
    """Everything that was sold of the drop and not sent yet."""
    done = (Order.State.CANCELLED, Order.State.SHIPPED)
    rows = Order.objects.filter(drop_sale__drop=step.drop_id).exclude(state__in=done)
    return {order: {} for order in rows.order_by("pk")}
