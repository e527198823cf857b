"""The one doorway from a request to a row.

A view says whose door it is (`@portal`, `@floor`, `@books`, `@network`, `@signed_in`, `@public`), gets a door as its
second argument and takes rows from that door alone. What a person may see follows from their roles; somebody else's
row is not refused but not there (404), so that nothing can be inferred from the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from coop.errors import NotAllowed
from coop.members.models import Member, MemberRole, Membership, StaffPost, StaffRole, User
from coop.nodes.models import Node

ModelT = TypeVar("ModelT", bound=models.Model)
View = Callable[..., HttpResponse]

OWNER, MANAGER, ACCOUNTANT = MemberRole.OWNER, MemberRole.MANAGER, MemberRole.ACCOUNTANT
OPERATOR, PICKER = StaffRole.OPERATOR, StaffRole.PICKER


@dataclass(frozen=True)
class Door:
    """Who came in, to which part of the house, in which role."""

    user: User | None
    role: str

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        """The rows of `model` that can be seen through this door."""
        raise NotImplementedError

    def get(self, model: type[ModelT], pk: UUID | str, **lookup: Any) -> ModelT:
        """One of those rows. Raises Http404 when it is not among them, wherever else it may be."""
        return get_object_or_404(self.all(model), pk=pk, **lookup)

    def shared(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        """The rows of a model that everybody in the co-op may read (`shared_with_members = True`)."""
        if not getattr(model, "shared_with_members", False):
            raise TypeError(f"{model.__name__} is not shared with members")
        return model._default_manager.all()


@dataclass(frozen=True)
class MemberDoor(Door):
    """Into one member's rows."""

    member: Member

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        manager: Any = model._default_manager
        if hasattr(manager, "of"):
            return cast("models.QuerySet[ModelT]", manager.of(self.member))
        return cast("models.QuerySet[ModelT]", manager.filter(member=self.member))


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


@dataclass(frozen=True)
class OwnDoor(Door):
    """A signed-in person's own things: memberships, posts, applications, jobs they started."""

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        manager: Any = model._default_manager
        if hasattr(manager, "seen_by"):
            return cast("models.QuerySet[ModelT]", manager.seen_by(self.user))
        for name in ("user", "applicant", "started_by"):
            if name in {field.name for field in model._meta.get_fields()}:
                return model._default_manager.filter(**{name: self.user})
        raise TypeError(f"{model.__name__} belongs to no person")


@dataclass(frozen=True)
class PublicDoor(Door):
    """The street: what everybody may read (`is_public = True` on the model)."""

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        if not getattr(model, "is_public", False):
            raise TypeError(f"{model.__name__} is not public")
        return model._default_manager.all()


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
        _require(membership.role, allowed)
        return MemberDoor(user=user, role=membership.role, member=membership.member)

    return _decorator("portal", allowed, methods, open_door)


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
        _require(post.role, allowed)
        return NodeDoor(user=user, role=post.role, node=cast(Node, post.node))

    return _decorator("floor", allowed, methods, open_door)


def books(*, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """`/books/…`: for the co-op's accountants."""
    return _decorator("books", (StaffRole.ACCOUNTANT,), methods, _whole_coop(StaffRole.ACCOUNTANT))


def network(*, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """`/network/…`: for the co-op's stewards."""
    return _decorator("network", (StaffRole.STEWARD,), methods, _whole_coop(StaffRole.STEWARD))


def signed_in(*, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """For anyone who is signed in, about their own things."""

    def open_door(request: HttpRequest, user: User, kwargs: dict[str, Any]) -> Door:
        return OwnDoor(user=user, role="self")

    return _decorator("signed_in", ("self",), methods, open_door)


def public(*, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """For everybody, signed in or not."""

    def decorate(view: View) -> View:
        allowed = _with_head(methods)

        @wraps(view)
        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            user = request.user if request.user.is_authenticated else None
            door = PublicDoor(user=user, role="public")
            return view(request, door, *args, **kwargs)

        return _label(enter, "public", (), allowed)

    return decorate


def by_token(
    find: Callable[[str], Door | None], *, methods: Iterable[str] = ("GET",)
) -> Callable[[View], View]:
    """`…/<str:token>…`: for whoever knows a secret address (a calendar program, which cannot sign in).

    `find` turns the token into the door it opens, or into nothing: 404, whatever is wrong with it.
    """

    def decorate(view: View) -> View:
        allowed = _with_head(methods)

        @wraps(view)
        def enter(request: HttpRequest, *args: Any, token: str, **kwargs: Any) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            door = find(token)
            if door is None:
                raise Http404
            return view(request, door, *args, **kwargs)

        return _label(enter, "token", (), allowed)

    return decorate


def _whole_coop(role: str) -> Callable[[HttpRequest, User, dict[str, Any]], Door]:
    def open_door(request: HttpRequest, user: User, kwargs: dict[str, Any]) -> Door:
        if not StaffPost.objects.filter(user=user, role=role).exists():
            raise Http404
        return CoopDoor(user=user, role=role)

    return open_door


def _require(role: str, allowed: Iterable[str]) -> None:
    if role not in allowed:
        raise NotAllowed(f"Your role here is {role}; this page is for {' or '.join(allowed)}.")


def _with_head(methods: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*methods, *(["HEAD"] if "GET" in methods else [])]))


def _decorator(
    area: str,
    roles: Iterable[str],
    methods: Iterable[str],
    open_door: Callable[[HttpRequest, User, dict[str, Any]], Door],
) -> Callable[[View], View]:
    allowed = _with_head(methods)

    def decorate(view: View) -> View:
        @wraps(view)
        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            door = open_door(request, request.user, kwargs)
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            request.door = door  # type: ignore[attr-defined] # the navigation asks who is in
            return view(request, door, *args, **kwargs)

        return _label(enter, area, tuple(roles), allowed)

    return decorate


def _label(view: View, area: str, roles: tuple[str, ...], methods: tuple[str, ...]) -> View:
    """What the role × URL matrix test reads: which door this view has."""
    view.area = area  # type: ignore[attr-defined]
    view.roles = roles  # type: ignore[attr-defined]
    view.methods = methods  # type: ignore[attr-defined]
    return view
