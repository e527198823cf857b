"""Finding room: where it is free, how far from her buyers, at what price, and why not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.members.doors import MANAGER, OWNER, MemberDoor, portal
from coop.models import Node
from coop.web.forms import refuse
from coop.web.maps import Mark
from fulfillment.capacity.forms import SearchForm
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.capacity.search import Offer, find
from fulfillment.capacity.whereabouts import place_of
from fulfillment.models import Order
from fulfillment.orders.destinations import where_orders_went

SIZE = 12
_USUAL_DAYS = 28
_SHELF = SlotPool.Kind.SHELF.value
_SHAPES = {Node.Tier.SAME_DAY: "circle", Node.Tier.NEXT_DAY: "square", Node.Tier.HUB: "diamond"}


@dataclass(frozen=True, slots=True)
class Result:
    """One offer as a row: `better` is the nearest that fits, named when this one's tier holds fewer SKUs."""

    offer: Offer
    better: Offer | None
    better_query: str

    @property
    def others(self) -> int:
        """How many days lack some, beyond the three that are named."""
        return len(self.offer.short) - 3

    @property
    def tier(self) -> str:
        """The node's tier in words."""
        return str(Node.Tier(self.offer.tier).label)

    @property
    def distance(self) -> str:
        """In metres or kilometres; empty when it is not known."""
        metres = self.offer.distance_m
        if metres is None:
            return ""
        return f"{metres:,} m" if metres < 1000 else f"{metres / 1000:,.1f} km"


@portal(OWNER, MANAGER)
def slot_find(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Where there is room: list and map. What is asked stands in the address."""
    form = SearchForm(with_defaults(request, door))
    if not form.is_valid():
        return render(request, "fulfillment/capacity/find.html", {"form": form}, status=422)
    read = form.cleaned_data
    place = place_of(read["near"], door.shared(Node), door.all(Order))
    try:
        offers = find(
            kind=form.kind,
            storage_class=form.storage_class,
            first=read["first_day"],
            last=read["last_day"],
            slots=read["slots"],
            skus=read["skus"],
            member_id=door.member.pk,
            near=place.at if place else None,
        )
    except DomainError as error:
        refuse(form, error)
        return render(request, "fulfillment/capacity/find.html", {"form": form}, status=422)
    context = {
        "form": form,
        "ask": read,
        "place": place,
        "unknown_place": read["near"] if read["near"] and place is None else "",
        **_shown(request, offers),
        "marks": _marks(offers),
        "went": where_orders_went(door.all(Order)) if offers else None,
    }
    return render(request, "fulfillment/capacity/find.html", context)


def with_defaults(request: HttpRequest, door: MemberDoor) -> QueryDict:
    """What was asked, filled up with what was booked last of its kind (shelves first) and the weeks from tomorrow."""
    asked = request.GET.copy()
    kind, _, storage_class = asked.get("what", _SHELF).partition("-")
    same = door.all(Booking).filter(pool__kind=kind)
    if storage_class and "what" in asked:
        same = same.filter(pool__storage_class=storage_class)
    last = same.select_related("pool").order_by("-booked_at").first()
    tomorrow = clock.today("UTC") + dt.timedelta(days=1)
    asked.setdefault("what", _what(last.pool) if last else "shelf-ambient")
    asked.setdefault("first_day", tomorrow.isoformat())
    asked.setdefault("last_day", _last_day(str(asked["what"]), str(asked["first_day"]), tomorrow))
    asked.setdefault("slots", str(last.slots if last else 1))
    asked.setdefault("skus", str((last.skus if last else 0) or ""))
    return asked


def _what(pool: SlotPool) -> str:
    return f"shelf-{pool.storage_class}" if pool.kind == SlotPool.Kind.SHELF else pool.kind


def _last_day(what: str, first: str, otherwise: dt.date) -> str:
    """Shelves are taken for weeks, everything else for a day."""
    try:
        begins = dt.date.fromisoformat(first)
    except ValueError:
        begins = otherwise
    return (begins + dt.timedelta(days=_USUAL_DAYS - 1 if what.startswith("shelf") else 0)).isoformat()


def _shown(request: HttpRequest, offers: list[Offer]) -> dict[str, Any]:
    """The page of offers that ?page= names, with its neighbours and the addresses of all that it asks for."""
    pages = max(1, -(-len(offers) // SIZE))
    wanted = request.GET.get("page", "1")
    number = min(int(wanted), pages) if wanted.isdecimal() and wanted != "0" else 1
    part = offers[(number - 1) * SIZE : number * SIZE]
    nearest = next((offer for offer in offers if offer.fits), None)
    there = _query(request, near=nearest.node_name) if nearest else ""
    return {
        "results": [Result(offer, None if offer.has_places else nearest, there) for offer in part],
        "fitting": sum(offer.fits for offer in offers),
        "found": len(offers),
        "quote_pools": urlencode([("pool", str(offer.pool_id)) for offer in part]),
        "previous_query": _query(request, page=number - 1) if number > 1 else "",
        "next_query": _query(request, page=number + 1) if number < pages else "",
        "page_number": number,
        "pages": pages,
    }


def _query(request: HttpRequest, **changed: Any) -> str:
    kept = {name: value for name, value in request.GET.items() if name != "page"}
    return urlencode({**kept, **changed})


def _marks(offers: list[Offer]) -> list[Mark]:
    """One mark a node: what its best pool says."""
    nodes: dict[Any, Offer] = {}
    for offer in offers:
        nodes.setdefault(offer.node_id, offer)
    return [
        Mark(
            label=offer.node_name,
            latitude=offer.latitude,
            longitude=offer.longitude,
            note=_note(offer),
            shape=_SHAPES.get(Node.Tier(offer.tier), "circle"),
            tone="" if offer.fits else "quiet",
            url=f"#pool-{offer.pool_id}",
        )
        for offer in list(nodes.values())[:SIZE]
    ]


def _note(offer: Offer) -> str:
    if offer.fits:
        return f"{offer.free:,} free"
    return "too many SKUs" if not offer.has_places and not offer.short else "not on all days"


def find_url(door: MemberDoor, **asked: Any) -> str:
    """The address of this search."""
    return f"{reverse('portal:slot-find', kwargs={'member': door.member.slug})}?{urlencode(asked)}"
