"""Keyset paging: a page costs the same at the start of a list and a million rows in.

That holds when the list's order stands in an index (what narrows the list first, then the order's columns), and it is
the cursor's condition that must let PostgreSQL begin there: a row comparison is a bound of the index; the same spelled
out with OR is a filter, for which every row before the page is read and thrown away.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import HttpRequest

from coop.kernel.errors import Invalid

ModelT = TypeVar("ModelT", bound=models.Model)
# Ours hold a few values of a row, each at most as long as a name; whatever is longer was never one of them.
LONGEST_CURSOR = 4_000


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

    `order` are plain column names, "-" for descending; the last one must be unique (the key). Only the first may be
    empty in a row: PostgreSQL counts an empty value as larger than every other, and so does the list. Raises Invalid for
    a cursor that was tampered with. One statement; a second one where the empty rows begin.
    """
    backwards = "before" in request.GET
    fields = [_field(rows.model, key.lstrip("-")) for key in order]
    cursor = _decode(request.GET.get("before") or request.GET.get("after"), fields)
    keys = [_reverse(key) for key in order] if backwards else list(order)
    found = _first(rows.order_by(*keys), _beyond(keys, cursor, fields[0].null) if cursor else [], size + 1)
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


def _first(rows: models.QuerySet[ModelT], stretches: Sequence[models.Q], most: int) -> list[ModelT]:
    """The first rows out of these stretches of the list, one after the other; without any, of the whole list."""
    if not stretches:
        return list(rows[:most])
    found: list[ModelT] = []
    for stretch in stretches:
        if len(found) < most:
            found += rows.filter(stretch)[: most - len(found)]
    return found


def _reverse(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _beyond(keys: Sequence[str], cursor: Sequence[Any], may_be_empty: bool) -> list[models.Q]:
    """What lies beyond the cursor, as stretches of the list in its order, each a bound of an index.

    One stretch, unless the first column may be empty: the empty rows are one by themselves, at the end of an ascending
    list and at the start of a descending one.
    """
    first, descending = keys[0].lstrip("-"), keys[0].startswith("-")
    empty = models.Q(**{f"{first}__isnull": True})
    if cursor[0] is None:
        rest = _after(keys[1:], cursor[1:])
        return [empty & rest, ~empty] if descending else [empty & rest]
    return [_after(keys, cursor), empty] if may_be_empty and not descending else [_after(keys, cursor)]


def _after(keys: Sequence[str], cursor: Sequence[Any]) -> models.Q:
    """(a, b) after (x, y). No column may be empty."""
    names = [key.lstrip("-") for key in keys]
    down = [key.startswith("-") for key in keys]
    # The first column once more, by itself: all that an index can use of columns of two tables, or of two directions.
    bound = models.Q(**{f"{names[0]}__{'lte' if down[0] else 'gte'}": cursor[0]})
    if len(set(down)) == 1:
        comparison = TupleLessThan if down[0] else TupleGreaterThan
        row = models.Q(comparison(Tuple(*(models.F(name) for name in names)), tuple(cursor)))
        return bound & row if any("__" in name for name in names) else row
    condition = models.Q()
    for depth, name in enumerate(names):
        step = models.Q(**dict(zip(names[:depth], cursor[:depth], strict=True)))
        condition |= step & models.Q(**{f"{name}__{'lt' if down[depth] else 'gt'}": cursor[depth]})
    return bound & condition


def _field(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    """The column that a path such as `entry__posted_at` ends in."""
    *steps, name = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    found = model._meta.get_field(name)
    if not isinstance(found, models.Field):
        raise FieldDoesNotExist(f"{path} is no column of {model.__name__}")
    return found


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


def _decode(cursor: str | None, fields: Sequence[models.Field[Any, Any]]) -> list[Any] | None:
    """The values that the cursor holds, of the columns' own kinds."""
    if not cursor:
        return None
    if len(cursor) > LONGEST_CURSOR:
        raise _broken()
    try:
        values = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        if not isinstance(values, list):
            raise TypeError(f"a cursor is a list, not {values!r}")
        read = [_read(field, value) for field, value in zip(fields, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, ArithmeticError, RecursionError, ValidationError) as error:
        raise _broken() from error
    if None in read[1:] or (read[0] is None and not fields[0].null):
        raise _broken()
    return read


def _read(field: models.Field[Any, Any], value: Any) -> Any:
    """A value that this column could hold. Raises ValidationError for others."""
    found = field.to_python(value)
    field.run_validators(found)
    if isinstance(found, str) and "\0" in found:
        raise ValidationError("no text holds a NUL")
    return found


def _broken() -> Invalid:
    return Invalid("This page link is broken. Go back to the start of the list.")


class PreciseEncoder(DjangoJSONEncoder):
    """Django's encoder cuts microseconds to milliseconds, which would skip rows of the same millisecond."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)
