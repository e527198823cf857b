"""What pages do over and over: submit a form or show why not, ask before an act, list rows with search and chips.

form = ZoneForm(request.POST or None)
done = submit(request, form, lambda data: services.add_zone(node=node, zone=ZoneInput(**data), by=door.user))
if done:
    messages.success(request, f"{done.result} is laid out.")
    return redirect(...)
return show_form(request, "coop/nodes/zone_form.html", form, {"node": node})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from django import forms
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.kernel.errors import DomainError
from coop.kernel.paging import Page, keyset
from coop.web.forms import refuse

R = TypeVar("R")
ModelT = TypeVar("ModelT", bound=models.Model)
RowsT = TypeVar("RowsT", bound=models.QuerySet[Any])
Beside: TypeAlias = "Sequence[forms.BaseForm | forms.BaseFormSet[Any]]"
# What searches a list: columns that hold the words, or the rows' own way to find them.
Search: TypeAlias = Sequence[str] | Callable[[RowsT, str], RowsT]

# The button of a list of rows that asks for more of them; nothing else of the form is looked at then.
MORE_ROWS = "more"


@dataclass(frozen=True)
class Done(Generic[R]):
    """The act went through; `result` is what its service returned."""

    result: R


def was_sent(request: HttpRequest) -> bool:
    """Whether a form came to be acted on. One that only asks for more rows did not: it is shown again, without blame."""
    return request.method == "POST" and MORE_ROWS not in request.POST


def submit(
    request: HttpRequest,
    form: forms.BaseForm,
    act: Callable[[dict[str, Any]], R],
    *,
    beside: Beside = (),
    raising: type[DomainError] | tuple[type[DomainError], ...] = (),
) -> Done[R] | None:
    """Call `act` with the cleaned data when the form was sent and makes sense, with all `beside` it (rows, mostly).

    None when there is nothing to do yet, or when the service said no: then the form says why, at the field or above.
    A refusal that has a page of its own is named in `raising`, and raised.
    """
    if not was_sent(request):
        return None
    wrong = [one for one in (form, *beside) if not one.is_valid()]
    if wrong:
        return None
    try:
        return Done(act(form.cleaned_data))
    except DomainError as error:
        if isinstance(error, raising):
            raise
        refuse(form, error)
        return None


def show_form(
    request: HttpRequest,
    template: str,
    form: forms.BaseForm,
    context: Mapping[str, Any] | None = None,
    *,
    beside: Beside = (),
    status: int | None = None,
) -> HttpResponse:
    """The page with the form as `form`: 200, or 422 with what is wrong in it or `beside` it, whoever found it.

    A page that answers in the service's own words passes `status=status_of(form)`.
    """
    if status is None:
        status = 422 if _is_wrong(request, [form, *beside]) else 200
    return render(request, template, {"form": form, **(context or {})}, status=status)


def _is_wrong(request: HttpRequest, shown: Beside) -> bool:
    if MORE_ROWS in request.POST:
        return False
    return any(one.is_bound and not one.is_valid() for one in shown)


def ask_first(
    request: HttpRequest,
    *,
    area: str,
    title: str,
    what: str,
    label: str,
    back_url: str,
    fields: Mapping[str, str] | None = None,
    ordinary: bool = False,
) -> HttpResponse:
    """The page that asks before an act, inside the frame of `area` (portal, floor, books, network, account …).

    `what` says what will happen, `label` stands on the button, `fields` are posted along; `ordinary` is a step of the
    day by which nothing is lost, not in red.
    """
    context = {
        "base": f"base_{area}.html",
        "title": title,
        "what": what,
        "label": label,
        "back_url": back_url,
        "fields": dict(fields or {}),
        "ordinary": ordinary,
    }
    return render(request, "confirm.html", context)


class ListPage(Generic[ModelT]):
    """A list that the address narrows: `?q=` searches, `?<by>=` picks one of the chips, keyset paged.

    `rows` is what this door shows; `by` names the column of the chips, `choices` its TextChoices. `search` are lookups
    without their `__icontains`, or the rows' own search. Two queries at most, each when it is asked for: one counts for
    the chips (over all rows, so that a chip says what it leads to), one fetches the page; `select` is what is added to
    the rows of the page alone. The same list as a file takes `narrowed`, and the link to it `query`.
    """

    def __init__(
        self,
        request: HttpRequest,
        rows: models.QuerySet[ModelT],
        *,
        order: Sequence[str],
        search: Search[models.QuerySet[ModelT]] = (),
        by: str = "",
        choices: type[models.TextChoices] | None = None,
        select: Callable[[models.QuerySet[ModelT]], models.QuerySet[ModelT]] | None = None,
        size: int = 50,
    ) -> None:
        self.rows = rows
        self._request, self._order, self._size, self._select = request, order, size, select
        self._by, self._choices = by, choices
        chosen = picked(request, rows, by, choices) if choices is not None else rows
        self.narrowed = searched(request, chosen, search)

    @cached_property
    def page(self) -> Page[ModelT]:
        """The rows that are shown, with the addresses of their neighbours."""
        rows = self._select(self.narrowed) if self._select else self.narrowed
        return keyset(self._request, rows, order=self._order, size=self._size)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows each chip leads to; what leads to none is left out."""
        if self._choices is None:
            return {}
        counted = self.rows.order_by(self._by).values(self._by).annotate(n=Count("pk"))
        return {row[self._by]: row["n"] for row in counted}

    @property
    def chips(self) -> list[tuple[str, str, int]]:
        """(value, label, how many) in the order of the choices."""
        choices = self._choices.choices if self._choices is not None else []
        return [(value, label.capitalize(), self.counts.get(value, 0)) for value, label in choices]

    @property
    def total(self) -> int:
        """All rows behind this door, whatever the address says."""
        return sum(self.counts.values())

    @property
    def query(self) -> str:
        """What the address asks of the list, without the place in it."""
        return query_of(self._request)

    @property
    def is_narrowed(self) -> bool:
        """Whether the address leaves anything out."""
        return any(self._request.GET.get(name) for name in ("q", self._by))


def picked(request: HttpRequest, rows: RowsT, by: str, choices: type[models.TextChoices]) -> RowsT:
    """The rows of the one of `choices` that `?<by>=` names; all of them when it names none."""
    chosen = request.GET.get(by, "")
    return rows.filter(**{by: chosen}) if chosen in choices.values else rows


def query_of(request: HttpRequest) -> str:
    """What the address asks of a list, without the place in it: for the link to its file."""
    asked = request.GET.copy()
    for name in ("after", "before"):
        asked.pop(name, None)
    return asked.urlencode()


def searched(request: HttpRequest, rows: RowsT, search: Search[RowsT]) -> RowsT:
    """The rows in which one of these columns holds the words of `?q=`, or those that `search` itself finds."""
    # No column can hold a NUL, and PostgreSQL refuses to be asked for one.
    words = request.GET.get("q", "").replace("\x00", "").strip()
    if not words or not search:
        return rows
    if callable(search):
        return search(rows, words)
    found = Q()
    for column in search:
        found |= Q(**{f"{column}__icontains": words})
    return rows.filter(found)
