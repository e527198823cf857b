"""Finding room: where it is free, how far from her buyers, at what price, and why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
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
from fulfillment.capacity.availability.opening import is_too_far
from fulfillment.capacity.availability.places_named import place_of
from fulfillment.capacity.availability.reading import DayView
from fulfillment.capacity.availability.reasons import in_words
from fulfillment.capacity.availability.search import Hit, Wish, find, short_days
from fulfillment.capacity.forms import SearchForm
from fulfillment.capacity.models import Booking, SlotPool
from fulfillment.orders.destinations import where_orders_went
from fulfillment.orders.models import Order

SIZE = 12
_NAMED_DAYS = 3
_USUAL_DAYS = 28
_SHELF = SlotPool.Kind.SHELF.value
_SHAPES = {Node.Tier.SAME_DAY: "circle", Node.Tier.NEXT_DAY: "square", Node.Tier.HUB: "diamond"}


@dataclass(frozen=True, slots=True)
class Result:
    """One hit as a row: `better` is the nearest that fits, named when this one's tier holds fewer SKUs.

    `short`: the days that lack some of the `slots` that are asked for, and why.
    """

    hit: Hit
    better: Hit | None
    better_query: str
    slots: int
    starts: dt.date
    short: Sequence[DayView] = ()

    @property
    def reasons(self) -> list[tuple[dt.date, str]]:
        """The first days that lack some, each with why; as in the calendar."""
        return [(view.day, in_words(view, self.slots)) for view in self.short[:_NAMED_DAYS]]

    @property
    def others(self) -> int:
        """How many days lack some, beyond those that are named."""
        return len(self.short) - _NAMED_DAYS

    @property
    def may_wait(self) -> bool:
        """Whether what is asked can come free on all days that lack some, none of which has begun."""
        hit = self.hit
        if not hit.has_places or not self.short or self.starts <= clock.today(hit.timezone):
            return False
        return all(view.may_come(self.slots) for view in self.short)

    @property
    def tier(self) -> str:
        """The node's tier in words."""
        return str(Node.Tier(self.hit.tier).label)

    @property
    def distance(self) -> str:
        """In metres or kilometres; empty when it is not known."""
        metres = self.hit.distance_m
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
        wish = Wish(
            form.kind, form.storage_class, read["first_day"], read["last_day"], read["slots"], read["skus"]
        )
        hits = find(wish, member=door.member, near=place.at if place else None)
    except DomainError as error:
        refuse(form, error)
        return render(request, "fulfillment/capacity/find.html", {"form": form}, status=422)
    context = {
        "form": form,
        "ask": read,
        "place": place,
        "unknown_place": read["near"] if read["near"] and place is None else "",
        **_shown(request, hits, wish),
        "marks": _marks(hits),
        "went": where_orders_went(door.all(Order)) if hits else None,
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
    if is_too_far(begins):  # the form says so; the calendar itself may end there
        return first
    return (begins + dt.timedelta(days=_USUAL_DAYS - 1 if what.startswith("shelf") else 0)).isoformat()


def _shown(request: HttpRequest, hits: list[Hit], wish: Wish) -> dict[str, Any]:
    """The page of hits that ?page= names, with its neighbours and the addresses of all that it asks for."""
    pages = max(1, -(-len(hits) // SIZE))
    wanted = request.GET.get("page", "1")
    number = min(int(wanted), pages) if wanted.isdecimal() and wanted != "0" else 1
    part = hits[(number - 1) * SIZE : number * SIZE]
    nearest = next((hit for hit in hits if hit.fits), None)
    there = _query(request, near=nearest.node_name) if nearest else ""
    short = short_days(part)
    return {
        "results": [
            Result(
                hit,
                None if hit.has_places else nearest,
                there,
                wish.slots,
                wish.first_day,
                short.get(hit.pool_id, ()),
            )
            for hit in part
        ],
        "fitting": sum(hit.fits for hit in hits),
        "found": len(hits),
        "quote_pools": urlencode([("pool", str(hit.pool_id)) for hit in part]),
        "previous_query": _query(request, page=number - 1) if number > 1 else "",
        "next_query": _query(request, page=number + 1) if number < pages else "",
        "page_number": number,
        "pages": pages,
    }


def _query(request: HttpRequest, **changed: Any) -> str:
    kept = {name: value for name, value in request.GET.items() if name != "page"}
    return urlencode({**kept, **changed})


def _marks(hits: list[Hit]) -> list[Mark]:
    """One mark a node: what its best pool says."""
    nodes: dict[Any, Hit] = {}
    for hit in hits:
        nodes.setdefault(hit.node_id, hit)
    return [
        Mark(
            label=hit.node_name,
            latitude=hit.latitude,
            longitude=hit.longitude,
            note=_note(hit),
            shape=_SHAPES.get(Node.Tier(hit.tier), "circle"),
            tone="" if hit.fits else "quiet",
            url=f"#pool-{hit.pool_id}",
        )
        for hit in list(nodes.values())[:SIZE]
    ]


def _note(hit: Hit) -> str:
    if hit.fits:
        return f"{hit.free:,} free"
    if hit.short:
        return "not on all days"
    return "too many SKUs" if not hit.has_places else "account on hold"


def find_url(door: MemberDoor, **asked: Any) -> str:
    """The address of this search."""
    return f"{reverse('portal:slot-find', kwargs={'member': door.member.slug})}?{urlencode(asked)}"
