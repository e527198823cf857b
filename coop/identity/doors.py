"""The one doorway from a request to a row.

A view says whose door it is, gets a door as its second argument and takes rows from that door alone. What a person may
see follows from their roles; somebody else's row is not refused but not there (404), so that nothing can be inferred
from the answer.

Here are what all doors are made of and those that need nobody's rows: `@signed_in`, `@public`, `@by_token`. The others
stand beside the rows that they open: `@floor`, `@books` and `@network` in `coop.nodes.doors`, `@portal` in
`coop.members.doors`, the API's in `coop.members.api_access`.
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

from coop.identity.models import User
from coop.kernel.errors import NotAllowed

ModelT = TypeVar("ModelT", bound=models.Model)
View = Callable[..., HttpResponse]
OpenDoor = Callable[[HttpRequest, User, dict[str, Any]], "Door"]


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
class OwnDoor(Door):
    """A signed-in person's own things: memberships, posts, applications, jobs they started.

    Such a model names the field that says whose it is (`belongs_to = "applicant"`), or its manager has `seen_by(user)`.
    """

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        manager: Any = model._default_manager
        if hasattr(manager, "seen_by"):
            return cast("models.QuerySet[ModelT]", manager.seen_by(self.user))
        owner: str | None = getattr(model, "belongs_to", None)
        if owner is None:
            raise TypeError(f"{model.__name__} belongs to no person: it names no field in `belongs_to`")
        return model._default_manager.filter(**{owner: self.user})


@dataclass(frozen=True)
class PublicDoor(Door):
    """The street: what everybody may read (`is_public = True` on the model)."""

    def all(self, model: type[ModelT]) -> models.QuerySet[ModelT]:
        if not getattr(model, "is_public", False):
            raise TypeError(f"{model.__name__} is not public")
        return model._default_manager.all()


def signed_in(*, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
    """For anyone who is signed in, about their own things."""

    def open_door(request: HttpRequest, user: User, kwargs: dict[str, Any]) -> Door:
        return OwnDoor(user=user, role="self")

    return door_into("signed_in", ("self",), methods, open_door)


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


def require_role(role: str, allowed: Iterable[str]) -> None:
    """Raise NotAllowed for a role that this page is not for."""
    if role not in allowed:
        raise NotAllowed(f"Your role here is {role}; this page is for {' or '.join(allowed)}.")


def _with_head(methods: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*methods, *(["HEAD"] if "GET" in methods else [])]))


def door_into(
    area: str,
    roles: Iterable[str],
    methods: Iterable[str],
    open_door: Callable[[HttpRequest, User, dict[str, Any]], Door],
) -> Callable[[View], View]:
    """A decorator for the views of `area`: signed in, through the door that `open_door` finds, with these methods.

    `open_door` gets the request, the person and the address's parts; it takes its own part out of them, and raises
    Http404 for whom there is no such place, NotAllowed for whom it is closed. `roles` say to the role matrix who may.
    """
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
