"""Planning a drop in steps that work without script: runs, then goods, times and rules, then what it will reserve."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from coop.kernel import clock
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.models import Sku
from coop.web.pages import show_form, submit
from fulfillment.drops import services
from fulfillment.drops.errors import NothingFits
from fulfillment.drops.models import CycleRun
from fulfillment.drops.plan.drafts import DropDraft, as_arguments, prices_to_ask
from fulfillment.drops.reads import abroad

DATALIST = 500
RUNS_AHEAD = 60
# A drop from more nodes than the co-op has is a mistake.
MOST_LEGS = 8


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_new(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Plan a drop; the next run is proposed, `?run=` (one or several) takes others.

    "preview" shows what it will reserve, "reserve" does it, "note" only writes it down.
    """
    runs = open_runs(door)
    sent = request.POST if request.method == "POST" else None
    chosen = chosen_runs(runs, sent if sent is not None else request.GET) or list(runs[:1])
    if not chosen:
        return render(request, "fulfillment/drops/drop_new.html", {"runs": []})
    checked = sent is not None and not {"more", "edit"} & set(sent)
    draft = DropDraft(sent, chosen, door.all(Sku), checked=checked)
    lines = [lines for _, lines in draft.legs]
    try:
        gone_on = submit(
            request, draft.form, lambda _: _go_on(request, door, draft), beside=lines, raising=NothingFits
        )
    except NothingFits as error:
        return _nothing_fits(request, draft, error)
    if gone_on:
        return gone_on.result
    context = _context(door, draft, runs, checked)
    return show_form(
        request, "fulfillment/drops/drop_new.html", draft.form, context, status=422 if checked else 200
    )


def _go_on(request: HttpRequest, door: MemberDoor, draft: DropDraft) -> HttpResponse:
    """The step that the button names. Raises what the services raise."""
    told = draft.told
    if "reserve" in request.POST:
        drop = services.schedule_drop(member=door.member, by=door.user, **as_arguments(told))
        messages.success(request, f"{drop.title} is reserved. Announce its goods next.")
        return redirect("portal:drop-detail", member=door.member.slug, pk=drop.pk)
    if "note" in request.POST:
        drop = services.plan_drop(member=door.member, told=told, by=door.user)
        messages.success(request, f"{drop.title} is written down. Nothing is reserved for it yet.")
        return redirect("portal:drop-detail", member=door.member.slug, pk=drop.pk)
    legs = services.preview_drop(member=door.member, told=told)
    context = {
        "draft": draft,
        "told": told,
        "node": draft.runs[0].cycle.node,
        "legs": legs,
        "pieces": told.pieces,
        "abroad": abroad(told.opens_at, draft.runs[0].cycle.node),
        "prices": prices_to_ask(booking for leg in legs for booking in leg.bookings),
        "shortfall": dict(draft.form.fields["on_shortfall"].choices)[told.on_shortfall],  # type: ignore[attr-defined]
        "fairness": dict(draft.form.fields["fairness"].choices)[told.fairness],  # type: ignore[attr-defined]
    }
    return render(request, "fulfillment/drops/drop_preview.html", context)


def _nothing_fits(request: HttpRequest, draft: DropDraft, error: NothingFits) -> HttpResponse:
    """What is missing, and the nearest runs that have it all, each one click away."""
    node = draft.runs[0].cycle.node
    context = {
        "draft": draft,
        "missing": error.missing,
        "fits": [(fit, draft.hidden_fields_for(fit)) for fit in error.fits],
        "node": node,
    }
    return render(request, "fulfillment/drops/drop_nothing_fits.html", context, status=409)


def _context(door: MemberDoor, draft: DropDraft, runs: QuerySet[CycleRun], checked: bool) -> dict[str, Any]:
    taken = {run.pk for run in draft.runs}
    return {
        "draft": draft,
        "checked": checked,
        "run": draft.runs[0],
        "node": draft.runs[0].cycle.node,
        "runs": [(run, run.pk in taken) for run in runs[:RUNS_AHEAD]],
        "skus": door.all(Sku).filter(is_active=True).order_by("code")[:DATALIST],
    }


def open_runs(door: MemberDoor) -> QuerySet[CycleRun]:
    """Runs whose goods can still be announced, the next first."""
    runs = door.shared(CycleRun).filter(announce_by__gte=clock.now(), cycle__node__is_open=True, is_off=False)
    return runs.select_related("cycle__node").order_by("dock_from", "id")


def chosen_runs(runs: QuerySet[CycleRun], sent: QueryDict) -> list[CycleRun]:
    """The runs that were named, the next first; what is none, or is over, is left out."""
    found = []
    for text in sent.getlist("run")[:MOST_LEGS]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(runs.filter(pk__in=found)) if found else []
