"""The door into one member's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.db import models
from django.http import Http404, HttpRequest

from coop.identity.doors import Door, ModelT, View, door_into, require_role
from coop.identity.models import User
from coop.members.models import Member, MemberRole, Membership

OWNER, MANAGER, ACCOUNTANT = MemberRole.OWNER, MemberRole.MANAGER, MemberRole.ACCOUNTANT


@dataclass(frozen=True)
class MemberDoor(Door):
    """Into one member's rows."""

    member: Member

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        manager: Any = model._default_manager
        if hasattr(manager, "of"):
            return cast("models.QuerySet[ModelT]", manager.of(self.member))
        return cast("models.QuerySet[ModelT]", manager.filter(member=self.member))


def portal(*roles: str, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """`/portal/<slug:member>/…`: for people of that member; without roles owner and manager. 404 to everyone else."""
    allowed = roles or (OWNER, MANAGER)

    def open_door(request: HttpRequest, user: User, kwargs: dict[str, Any]) -> Door:
        membership = (
            Membership.objects.select_related("member")
            .filter(user=user, member__slug=kwargs.pop("member"))
            .first()
        )
        if membership is None:
            raise Http404
        require_role(membership.role, allowed)
        return MemberDoor(user=user, role=membership.role, member=membership.member)

    return door_into("portal", allowed, methods, open_door)
