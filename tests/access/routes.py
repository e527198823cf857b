"""Every route of the house, as the URL resolver knows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@dataclass(frozen=True)
class Route:
    """One pattern: its full name (`portal:team`), its template (`portal/<slug:member>/team/`), its view."""

    name: str
    template: str
    view: Callable[..., Any]
    params: tuple[str, ...]

    @property
    def area(self) -> str | None:
        """Whose door: the label of the decorator, "api" for API views, None for a view without one."""
        found = self.view
        for name in ("cls", "view_class"):
            found = getattr(found, name, found)
        return getattr(self.view, "area", None) or getattr(found, "area", None)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(str(role) for role in getattr(self.view, "roles", ()))

    @property
    def methods(self) -> tuple[str, ...]:
        """What the view answers to."""
        if self.area != "api":
            return tuple(getattr(self.view, "methods", METHODS))
        cls: Any = getattr(self.view, "cls", None)
        found = {m for m in METHODS if hasattr(cls, m.lower()) and m.lower() in cls.http_method_names}
        return tuple(found | ({"HEAD"} if "GET" in found else set()))

    def url(self, values: dict[str, str]) -> str:
        """The address with these values in place of the parameters."""
        filled = self.template
        for name, value in values.items():
            filled = re.sub(rf"<(?:\w+:)?{name}>", value, filled)
        return "/" + filled

    def __str__(self) -> str:
        return self.name if not self.name.endswith("?") else self.template


def all_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        template, params = _template(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            for route in _walk(pattern.url_patterns, prefix + template, inner):
                yield Route(route.name, route.template, route.view, (*params, *route.params))
        elif isinstance(pattern, URLPattern):
            yield Route(f"{namespace}{pattern.name or '?'}", prefix + template, pattern.callback, params)


def _template(pattern: Any) -> tuple[str, tuple[str, ...]]:
    if isinstance(pattern, RoutePattern):
        return str(pattern), tuple(pattern.converters)
    if isinstance(pattern, RegexPattern):
        names = tuple(pattern.regex.groupindex)
        text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", str(pattern))
        return re.sub(r"[\^$\\]|\?$", "", text), names
    raise TypeError(f"a kind of pattern nobody knows: {pattern!r}")
