"""Keyset paging: a page costs the same at the start of a list and a million rows in."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.http import HttpRequest

from coop.kernel.errors import Invalid

ModelT = TypeVar("ModelT", bound=models.Model)


@dataclass(frozen=True)
class Page(Generic[ModelT]):
    """One page of a list: `items` in the list's order, and the addresses of its neighbours, if any."""

    items: list[ModelT]
    next_url: str | None
    prev_url: str | None

    def __iter__(self) -> Any:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def keyset(
    request: HttpRequest, rows: models.QuerySet[ModelT], *, order: Sequence[str], size: int = 50
) -> Page[ModelT]:
    """The page of `rows` that the request's `after` or `before` cursor names.

    `order` are plain column names, "-" for descending; the last one must be unique (the key). Raises Invalid for a
    cursor that was tampered with.
    """
    backwards = "before" in request.GET
    cursor = _decode(request.GET.get("before") or request.GET.get("after"), len(order))
    keys = [_reverse(key) for key in order] if backwards else list(order)
    if cursor is not None:
        rows = rows.filter(_beyond(keys, cursor))
    found = list(rows.order_by(*keys)[: size + 1])
    more, items = len(found) > size, found[:size]
    if backwards:
        items.reverse()
    has_next = bool(items) and (backwards or more)
    has_prev = bool(items) and (cursor is not None and (more if backwards else True))
    return Page(
        items=items,
        next_url=_url(request, "after", items[-1], order) if has_next else None,
        prev_url=_url(request, "before", items[0], order) if has_prev else None,
    )


def _reverse(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _beyond(keys: Sequence[str], cursor: Sequence[Any]) -> models.Q:
    """(a, b) after (x, y), spelled out per column, because directions may differ."""
    condition = models.Q()
    for depth, key in enumerate(keys):
        step = models.Q(**{k.lstrip("-"): v for k, v in zip(keys[:depth], cursor[:depth], strict=True)})
        comparison = "lt" if key.startswith("-") else "gt"
        condition |= step & models.Q(**{f"{key.lstrip('-')}__{comparison}": cursor[depth]})
    return condition


def _url(request: HttpRequest, name: str, row: models.Model, order: Sequence[str]) -> str:
    values = [_value(row, key.lstrip("-")) for key in order]
    raw = json.dumps(values, cls=PreciseEncoder).encode()
    query = {k: v for k, v in request.GET.lists() if k not in {"after", "before"}}
    return "?" + urlencode({**query, name: base64.urlsafe_b64encode(raw).decode()}, doseq=True)


def _value(row: models.Model, path: str) -> Any:
    value: Any = row
    for part in path.split("__"):
        value = getattr(value, part)
    return value.pk if isinstance(value, models.Model) else value


def _decode(cursor: str | None, length: int) -> list[Any] | None:
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError) as error:
        raise Invalid("This page link is broken. Go back to the start of the list.") from error
    if not isinstance(values, list) or len(values) != length:
        raise Invalid("This page link is broken. Go back to the start of the list.")
    return values


class PreciseEncoder(DjangoJSONEncoder):
    """Django's encoder cuts microseconds to milliseconds, which would skip rows of the same millisecond."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)
