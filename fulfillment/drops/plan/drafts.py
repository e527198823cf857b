"""What somebody typed about a drop, on its way to a service: forms for the drop and for the goods of each run."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from coop.models import Sku
from fulfillment.capacity.models import Booking
from fulfillment.drops.errors import Fit
from fulfillment.drops.forms import FORMAT, PlanForm
from fulfillment.drops.models import CycleRun
from fulfillment.drops.plan.inputs import DropInput, LegInput
from fulfillment.inventory.lines import BaseLines, lines_form

# What the buttons of the form say; it is not part of what was typed.
BUTTONS = ("csrfmiddlewaretoken", "more", "preview", "reserve", "note", "edit")


class DropDraft:
    """A drop as it was typed so far."""

    def __init__(
        self, sent: QueryDict | None, runs: Sequence[CycleRun], skus: QuerySet[Sku], *, checked: bool
    ) -> None:
        self.sent, self.runs = sent, runs
        # Somebody who only wants more rows is not told what is missing yet.
        typed = {"initial": dict(sent.items())} if sent is not None and not checked else {}
        self.form = PlanForm(sent if checked else None, runs=runs, **typed)
        self.legs: list[tuple[CycleRun, BaseLines]] = [
            (run, lines_form(sent, skus, prefix=prefix))
            for run, prefix in zip(runs, prefixes(runs), strict=True)
        ]

    @property
    def told(self) -> DropInput:
        """What was typed, once it is valid."""
        legs = [LegInput(run, lines.lines()) for run, lines in self.legs]
        return DropInput(legs=legs, **self.form.cleaned_data)

    def hidden_fields(self) -> list[tuple[str, str]]:
        """Everything that was typed, as hidden fields."""
        return [(name, value) for name, values in self._lists() for value in values]

    def hidden_fields_for(self, fit: Fit) -> list[tuple[str, str]]:
        """The same with other runs and times. A fit's runs are of the same nodes, so the lists of goods go along."""
        zone = fit.runs[0].cycle.node.zone
        changed = {
            "opens_at": fit.opens_at.astimezone(zone).strftime(FORMAT),
            "closes_at": fit.closes_at.astimezone(zone).strftime(FORMAT) if fit.closes_at else "",
        }
        typed = [(name, changed.get(name, value)) for name, value in self.hidden_fields() if name != "run"]
        return [*(("run", str(run.pk)) for run in fit.runs), *typed]

    def _lists(self) -> Iterable[tuple[str, list[str]]]:
        sent = self.sent or QueryDict()
        return [(name, [str(v) for v in values]) for name, values in sent.lists() if name not in BUTTONS]


def prefixes(runs: Sequence[CycleRun]) -> list[str]:
    """The prefix of each run's list of goods. It names the node, so that goods stay when another of its runs is taken."""
    seen: Counter[str] = Counter()
    found = []
    for run in runs:
        slug = run.cycle.node.slug
        found.append(f"lines-{slug}-{seen[slug]}")
        seen[slug] += 1
    return found


def as_arguments(told: DropInput) -> dict[str, Any]:
    """For `schedule_drop`, which takes them one by one."""
    return {each.name: getattr(told, each.name) for each in fields(told)}


def prices_to_ask(bookings: Iterable[Booking]) -> list[tuple[str, str]]:
    """For each pool and number of slots: a label, and the address part with which billing is asked what they cost."""
    asks: dict[tuple[UUID, int], list[Booking]] = {}
    for booking in bookings:
        asks.setdefault((booking.pool_id, booking.slots), []).append(booking)
    found = []
    for (pool_id, slots), same in asks.items():
        query: list[tuple[str, str | int | UUID | dt.date]] = [("pool", pool_id), ("slots", slots)]
        for booking in same:
            query += [("first_day", booking.first_day), ("last_day", booking.last_day)]
        pool = same[0].pool
        found.append((f"{slots:,} {pool.label}, {pool.node.name}", urlencode(query)))
    return found
