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
from typing import Any, Generic, TypeVar

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


@dataclass(frozen=True)
class Done(Generic[R]):
    """The act went through; `result` is what its service returned."""

    result: R


def submit(request: HttpRequest, form: forms.BaseForm, act: Callable[[dict[str, Any]], R]) -> Done[R] | None:
    """Call `act` with the cleaned data when the form was sent and makes sense.

    None when there is nothing to do yet, or when the service said no: then the form says why, at the field or above.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return Done(act(form.cleaned_data))
    except DomainError as error:
        refuse(form, error)
        return None


def show_form(
    request: HttpRequest, template: str, form: forms.BaseForm, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The page with the form as `form`: 200, or 422 with what is wrong in it, whoever found it."""
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, **(context or {})}, status=status)


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
    """A list that the address narrows: `?q=` searches words in `search`, `?<by>=` picks one of the chips, keyset paged.

    `rows` is what this door shows; `by` names the column of the chips, `choices` its TextChoices. `search` are lookups
    without their `__icontains`. Two queries at most: one counts for the chips (over all rows, so that a chip says what
    it leads to), one fetches the page; `select` is what is added to the rows of the page alone.
    """

    def __init__(
        self,
        request: HttpRequest,
        rows: models.QuerySet[ModelT],
        *,
        order: Sequence[str],
        search: Sequence[str] = (),
        by: str = "",
        choices: type[models.TextChoices] | None = None,
        select: Callable[[models.QuerySet[ModelT]], models.QuerySet[ModelT]] | None = None,
        size: int = 50,
    ) -> None:
        self.counts: dict[str, int] = {}
        if by and choices is not None:
            counted = rows.order_by(by).values(by).annotate(n=Count("pk"))
            self.counts = {row[by]: row["n"] for row in counted}
            if request.GET.get(by, "") in choices.values:
                rows = rows.filter(**{by: request.GET[by]})
        self.chips = [
            (value, label.capitalize(), self.counts.get(value, 0))
            for value, label in (choices.choices if choices is not None else [])
        ]
        self.rows = searched(request, rows, search)
        self.page: Page[ModelT] = keyset(
            request, select(self.rows) if select else self.rows, order=order, size=size
        )

    @property
    def total(self) -> int:
        """All rows behind this door, whatever the address says."""
        return sum(self.counts.values())


def searched(
    request: HttpRequest, rows: models.QuerySet[ModelT], search: Sequence[str]
) -> models.QuerySet[ModelT]:
    """The rows in which one of these columns holds the words of `?q=`."""
    words = request.GET.get("q", "").strip()
    if not words or not search:
        return rows
    found = Q()
    for column in search:
        found |= Q(**{f"{column}__icontains": words})
    return rows.filter(found)
