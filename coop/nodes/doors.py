"""The doors onto a node's floor and, for those who work for the whole co-op, to its books and its network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.db import models
from django.http import Http404, HttpRequest

from coop.identity.doors import Door, ModelT, OpenDoor, View, door_into, require_role
from coop.identity.models import User
from coop.nodes.models import Node, StaffPost, StaffRole

OPERATOR, PICKER = StaffRole.OPERATOR, StaffRole.PICKER


@dataclass(frozen=True)
class NodeDoor(Door):
    """Onto the floor of one node."""

    node: Node

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        manager: Any = model._default_manager
        if hasattr(manager, "at"):
            return cast("models.QuerySet[ModelT]", manager.at(self.node))
        return cast("models.QuerySet[ModelT]", manager.filter(node=self.node))


@dataclass(frozen=True)
class CoopDoor(Door):
    """To the books or the network: the whole co-op."""

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        return model._default_manager.all()


def floor(*roles: str, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """`/floor/<slug:node>/…`: for staff of that node; without roles operator and picker."""
    allowed = roles or (OPERATOR, PICKER)

    def open_door(request: HttpRequest, user: User, kwargs: dict[str, Any]) -> Door:
        posts = list(
            StaffPost.objects.select_related("node").filter(user=user, node__slug=kwargs.pop("node"))
        )
        if not posts:
            raise Http404
        # Somebody who is both stands there as the operator.
        post = min(posts, key=lambda p: p.role != OPERATOR)
        require_role(post.role, allowed)
        return NodeDoor(user=user, role=post.role, node=cast(Node, post.node))

    return door_into("floor", allowed, methods, open_door)


def books(*, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """`/books/…`: for the co-op's accountants."""
    return door_into("books", (StaffRole.ACCOUNTANT,), methods, _whole_coop(StaffRole.ACCOUNTANT))


def network(*, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """`/network/…`: for the co-op's stewards."""
    return door_into("network", (StaffRole.STEWARD,), methods, _whole_coop(StaffRole.STEWARD))


def _whole_coop(role: str) -> OpenDoor:
    def open_door(request: HttpRequest, user: User, kwargs: dict[str, Any]) -> Door:
        if not StaffPost.objects.filter(user=user, role=role).exists():
            raise Http404
        return CoopDoor(user=user, role=role)

    return open_door
