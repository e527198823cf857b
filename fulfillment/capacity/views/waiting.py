"""The waiting list as a member sees it: her place, and the offer that waits for her answer."""

from __future__ import annotations

from math import ceil
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.kernel.paging import keyset
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.web.pages import ask_first
from fulfillment.capacity import services
from fulfillment.capacity.booking.terms import terms_in_words
from fulfillment.capacity.errors import FreeNow
from fulfillment.capacity.forms import AskForm
from fulfillment.capacity.forms.asking import bookable
from fulfillment.capacity.models import CancellationTerm, SlotPool, WaitlistEntry
from fulfillment.capacity.views.finding import find_url
from fulfillment.capacity.waitlist.queue import places_in_queue

_OPEN = (WaitlistEntry.State.WAITING, WaitlistEntry.State.OFFERED)
_CHIPS = [("over", "Over")]


@portal(OWNER, MANAGER)
def wait_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """What she waits for, with her place; what was offered; what came of the rest."""
    over = request.GET.get("when") == "over"
    entries = door.all(WaitlistEntry).select_related("pool__node", "offer")
    chosen = entries.exclude(state__in=_OPEN) if over else entries.filter(state__in=_OPEN)
    page = keyset(request, chosen, order=("-joined_at", "-id"))
    places = places_in_queue(page.items)
    context = {
        "page": page,
        "rows": [(entry, places.get(entry.pk), _running(entry)) for entry in page.items],
        "chips": _CHIPS,
        "over": over,
        "find_url": find_url(door),
    }
    return render(request, "fulfillment/capacity/wait_list.html", context)


@portal(OWNER, MANAGER, methods=("POST",))
def wait_join(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Wait for slots on every day of a range, or none."""
    form = AskForm(request.POST, pools=bookable(door.shared(SlotPool)))
    if not form.is_valid():
        context = {"form": form, "find_url": find_url(door)}
        return render(request, "fulfillment/capacity/refused.html", context, status=422)
    ask = services.Ask(**form.cleaned_data)
    try:
        entry = services.join_waitlist(member=door.member, ask=ask, by=door.user)
    except DomainError as error:
        context = {
            "ask": ask,
            "error": error,
            "find_url": find_url(door),
            "free_now": isinstance(error, FreeNow),
        }
        return render(request, "fulfillment/capacity/refused.html", context, status=error.status)
    messages.success(request, "You are on the waiting list. When your turn comes, we write to you.")
    return redirect("portal:wait-detail", member=door.member.slug, waiting=entry.pk)


@portal(OWNER, MANAGER)
def wait_detail(request: HttpRequest, door: MemberDoor, waiting: UUID) -> HttpResponse:
    """One wish: the place in the queue, or the offer with the time it has left."""
    entry = door.get(WaitlistEntry, waiting)
    until = entry.offer.held_until if entry.offer and _running(entry) else None
    left = (until - clock.now()).total_seconds() if until else 0
    node = entry.pool.node
    context = {
        "entry": entry,
        "pool": entry.pool,
        "node": node,
        "place": places_in_queue([entry]).get(entry.pk),
        "running": _running(entry),
        "left_s": max(0, ceil(left)),
        "title": "An offer for you" if _running(entry) else "On the waiting list",
        "state": f"{entry.slots:,} × {entry.pool.label} at {node.name}",
        "quote_query": urlencode(
            {
                "pool": entry.pool_id,
                "slots": entry.slots,
                "first_day": entry.first_day,
                "last_day": entry.last_day,
            }
        ),
        "terms": terms_in_words(
            door.shared(CancellationTerm).filter(node=entry.pool.node_id, kind=entry.pool.kind)
        ),
        "find_url": find_url(
            door,
            what=f"shelf-{entry.pool.storage_class}" if entry.pool.kind == "shelf" else entry.pool.kind,
            first_day=entry.first_day,
            last_day=entry.last_day,
            slots=entry.slots,
            skus=entry.skus or "",
        ),
    }
    return render(request, "fulfillment/capacity/wait_detail.html", context)


@portal(OWNER, MANAGER, methods=("POST",))
def wait_take(request: HttpRequest, door: MemberDoor, waiting: UUID) -> HttpResponse:
    """Take the offer: it is booked."""
    entry = door.get(WaitlistEntry, waiting)
    booking = services.take_offer(entry=entry, by=door.user)
    messages.success(request, f"{entry.slots} × {entry.pool.label} at {entry.pool.node.name} are yours.")
    return redirect("portal:slot-detail", member=door.member.slug, pk=booking.pk)


@portal(OWNER, MANAGER, methods=("GET", "POST"))
def wait_pass(request: HttpRequest, door: MemberDoor, waiting: UUID) -> HttpResponse:
    """Pass the offer on, or leave the list."""
    entry = door.get(WaitlistEntry, waiting)
    offered = entry.state == WaitlistEntry.State.OFFERED
    if request.method == "POST":
        if offered:
            services.pass_offer(entry=entry, by=door.user)
            messages.success(request, "Passed on. Whoever comes next in the list is asked now.")
        else:
            services.leave_waitlist(entry=entry, by=door.user)
            messages.success(request, "You are off the list.")
        return redirect("portal:wait-list", member=door.member.slug)
    what = (
        "The slots go to whoever comes next in the list." if offered else "Your place in the queue is lost."
    )
    return ask_first(
        request,
        area="portal",
        title="Pass the offer on?" if offered else "Leave the waiting list?",
        what=f"{entry.slots} × {entry.pool.label} at {entry.pool.node.name}, {entry.first_day:%d %b} to "
        f"{entry.last_day:%d %b %Y}. {what}",
        label="Pass it on" if offered else "Leave the list",
        back_url=reverse("portal:wait-detail", kwargs={"member": door.member.slug, "waiting": entry.pk}),
    )


def _running(entry: WaitlistEntry) -> bool:
    """Whether it is an offer that can still be taken."""
    return (
        entry.state == WaitlistEntry.State.OFFERED
        and entry.offer is not None
        and entry.offer.held_until is not None
        and entry.offer.held_until > clock.now()
    )
