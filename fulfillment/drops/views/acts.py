"""What an owner does with a drop, each behind a page that says what will happen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel.errors import Invalid
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.models import Sku
from coop.web.pages import ask_first, show_form, submit, was_sent
from fulfillment.capacity.services import fees_on_release
from fulfillment.drops import services
from fulfillment.drops.errors import NothingFits, NotItsGoods, TooLateForRun
from fulfillment.drops.forms import AnnounceForm
from fulfillment.drops.models import CycleRun, Drop, DropLeg
from fulfillment.drops.reads import legs_told, told_of
from fulfillment.drops.views.plan import DATALIST
from fulfillment.inventory.lines import BaseLines, lines_form
from fulfillment.inventory.models import Asn


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_reserve(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Reserve for a drop that is only written down; on other runs when "move" names them."""
    drop = door.get(Drop, pk)
    if request.method == "POST":
        try:
            if "move" in request.POST:
                drop = services.reschedule_drop(drop=drop, by=door.user, **_moved(request, door, drop))
            else:
                drop = services.reserve_drop(drop=drop, by=door.user)
        except (NothingFits, TooLateForRun) as error:
            return _other_runs(request, door, drop, error)
        messages.success(request, f"{drop.title} is reserved. Announce its goods next.")
        return redirect("portal:drop-detail", member=door.member.slug, pk=pk)
    return ask_first(
        request,
        area="portal",
        back_url=_page_of(door, drop),
        title=f"Reserve for {drop.title}?",
        what="Dock, shelf slots and the picks of its first rush are booked at all its nodes, or not at all. "
        "Given back late, they cost what the nodes' terms say.",
        label="Reserve all of it",
        ordinary=True,
    )


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_announce(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Announce the goods of `?leg=`, or of the leg that is next: as they are planned, or with `?list=` as typed."""
    drop = door.get(Drop, pk)
    leg = _leg(request, door, drop)
    goods = services.missing_on(leg)
    sent = request.POST if was_sent(request) else None
    form = AnnounceForm(sent, initial=request.POST.dict())
    lines = _typed_lines(request, door, goods)
    beside = [lines] if lines is not None else []

    def announce(told: dict[str, Any]) -> Asn:
        typed = lines.lines() if lines is not None else None
        return services.announce_goods(drop=drop, leg=leg, lines=typed, by=door.user, **told)

    announced = submit(request, form, announce, beside=beside)
    if announced:
        asn = announced.result
        messages.success(request, f"{asn.number} is announced. Print its box labels now.")
        return redirect("portal:asn-detail", member=door.member.slug, pk=asn.pk)
    context = {
        "drop": drop,
        "leg": leg,
        "node": leg.run.cycle.node,
        "goods": goods,
        "lines": lines,
        "checked": sent is not None,
        "skus": door.all(Sku).filter(is_active=True).order_by("code")[:DATALIST] if lines is not None else [],
    }
    return show_form(request, "fulfillment/drops/drop_announce.html", form, context, beside=beside)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_slip(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Move a drop whose goods are not in to the next run that has room."""
    drop = door.get(Drop, pk)
    if request.method == "POST":
        drop = services.slip_drop(drop=drop, why="Moved by its owner.", by=door.user)
        said = (
            "waits for a run with room; nothing is reserved now"
            if drop.state == Drop.State.PLANNED
            else "has moved"
        )
        messages.success(request, f"{drop.title} {said}. Everyone concerned is told.")
        return redirect("portal:drop-detail", member=door.member.slug, pk=pk)
    return ask_first(
        request,
        area="portal",
        back_url=_page_of(door, drop),
        title=f"Let {drop.title} slip?",
        what="It moves to the next run on which everything it needs is free, and opens as many days later. What is "
        f"reserved for the old days is given back. {_costs(drop)} "
        "Buyers who preordered and the nodes' operators are told by e-mail.",
        label="Let it slip",
    )


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_cancel(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """Call a drop off before it opens."""
    drop = door.get(Drop, pk)
    if request.method == "POST":
        services.cancel_drop(drop=drop, by=door.user)
        messages.success(request, f"{drop.title} is called off.")
        return redirect("portal:drop-list", member=door.member.slug)
    sold = f"{drop.sold:,} pieces sold in advance are cancelled, and their buyers told. " if drop.sold else ""
    return ask_first(
        request,
        area="portal",
        back_url=_page_of(door, drop),
        title=f"Call {drop.title} off?",
        what=f"It will not open. {sold}What is reserved is given back. {_costs(drop)} "
        "Goods that were announced for it still come, and are general stock then.",
        label="Call it off",
    )


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def drop_close(request: HttpRequest, door: MemberDoor, pk: UUID) -> HttpResponse:
    """End a live drop now."""
    drop = door.get(Drop, pk)
    if request.method == "POST":
        services.close_drop(drop=drop, by=door.user)
        messages.success(request, f"{drop.title} is closed.")
        return redirect("portal:drop-detail", member=door.member.slug, pk=pk)
    return ask_first(
        request,
        area="portal",
        back_url=_page_of(door, drop),
        title=f"Close {drop.title} now?",
        what="It ends at once and cannot be opened again. Orders that came in are still sent; what is left over is "
        "general stock once they are.",
        label="Close it",
    )


def _costs(drop: Drop) -> str:
    """What giving back all that is reserved would put on the bill, in a sentence."""
    kept = fees_on_release([booking for told in legs_told(drop) for booking in told.bookings])
    if not kept:
        return "That costs nothing now."
    listed = "; ".join(f"{one.quantity:,} {one.unit}{'s' if one.quantity != 1 else ''}" for one in kept[:4])
    more = f" and {len(kept) - 4} more" if len(kept) > 4 else ""
    return f"It is late for that: by the nodes' terms {listed}{more} will be billed."


def _leg(request: HttpRequest, door: MemberDoor, drop: Drop) -> DropLeg:
    """Raises NotItsGoods when nothing is left to be announced."""
    text = request.POST.get("leg") or request.GET.get("leg", "")
    legs = door.all(DropLeg).filter(drop=drop).select_related("run__cycle__node", "drop")
    try:
        named = legs.filter(pk=UUID(text)).first()
    except ValueError:
        named = None
    leg = named or services.next_leg(drop)
    if leg is None or not services.missing_on(leg):
        raise NotItsGoods(f"All goods of {drop.title} are announced or there.")
    return leg


def _typed_lines(
    request: HttpRequest, door: MemberDoor, goods: Sequence[tuple[Sku, int]]
) -> BaseLines | None:
    """The list as somebody changes it, beginning with what is planned; None while the plan stands."""
    if "list" not in request.GET:
        return None
    planned = [{"code": sku.code, "quantity": quantity} for sku, quantity in goods]
    return lines_form(request.POST if request.method == "POST" else None, door.all(Sku), planned)


def _moved(request: HttpRequest, door: MemberDoor, drop: Drop) -> dict[str, Any]:
    """Runs by leg, and the times, as one of the choices named them. Raises Invalid for what was tampered with."""
    runs = door.shared(CycleRun).select_related("cycle__node")
    try:
        wanted = {leg.pk: UUID(request.POST[f"run-{leg.pk}"]) for leg in drop.legs.all()}
        closes = request.POST.get("closes_at", "")
        times = {
            "opens_at": dt.datetime.fromisoformat(request.POST["opens_at"]),
            "closes_at": dt.datetime.fromisoformat(closes) if closes else None,
        }
    except (KeyError, ValueError) as error:
        raise Invalid(
            "This choice cannot be read any more. Go back to the drop and reserve again."
        ) from error
    found: Mapping[UUID, CycleRun] = {run.pk: run for run in runs.filter(pk__in=wanted.values())}
    legs = {leg.pk: leg for leg in drop.legs.select_related("run__cycle")}
    fitting = {
        pk: found[run]
        for pk, run in wanted.items()
        if run in found and found[run].cycle.node_id == legs[pk].run.cycle.node_id
    }
    if len(fitting) < len(wanted) or any(t is not None and t.tzinfo is None for t in times.values()):
        raise Invalid("This choice cannot be read any more. Go back to the drop and reserve again.")
    return {"runs": fitting, **times}


def _other_runs(
    request: HttpRequest, door: MemberDoor, drop: Drop, error: NothingFits | TooLateForRun
) -> HttpResponse:
    """What is missing, and the nearest runs that have room, each one click away."""
    legs = list(drop.legs.order_by("pk"))
    fits = services.nearest_runs_that_fit(member=door.member, told=told_of(drop))
    choices = []
    for fit in fits:
        fields = [(f"run-{leg.pk}", str(run.pk)) for leg, run in zip(legs, fit.runs, strict=True)]
        fields += [
            ("opens_at", fit.opens_at.isoformat()),
            ("closes_at", fit.closes_at.isoformat() if fit.closes_at else ""),
        ]
        choices.append((fit, fields))
    context = {
        "missing": error.missing if isinstance(error, NothingFits) else [],
        "problem": "" if isinstance(error, NothingFits) else error.message,
        "fits": choices,
        "node": drop.home,
        "action": request.path,
        "back_url": _page_of(door, drop),
    }
    return render(request, "fulfillment/drops/drop_nothing_fits.html", context, status=409)


def _page_of(door: MemberDoor, drop: Drop) -> str:
    return reverse("portal:drop-detail", kwargs={"member": door.member.slug, "pk": drop.pk})
