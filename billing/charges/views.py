"""What a member's work costs: the month so far, and every number of it down to one pick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from billing import months
from billing.charges import quotes, work
from billing.charges.forms import QuoteForm
from billing.charges.models import Charge, ChargeQuerySet
from billing.charges.rating import NoPrice
from billing.charges.services import unrated_work
from billing.charges.unpriced import lacking
from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.models import Member, Node
from coop.nodes.doors import CoopDoor, books
from fulfillment.activity.models import UNITS
from fulfillment.drops.reads import work_of
from fulfillment.models import Booking, Drop, Kind, SlotPool

# The sentence of one piece of work names its day; these stand for all the days of a line.
_NO_PRICE = {
    NoPrice.NO_CARD: _("No rate card in the member's currency is in force."),
    NoPrice.NO_RATE: _("The rate card in force has no price for it."),
    NoPrice.NO_ORIGINAL: _("What it takes back has no price."),
}


@portal(OWNER, MANAGER, ACCOUNTANT)
def costs(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """One month: total, a line per day, by kind and node."""
    month = work.chosen_month(request.GET)
    charges = _charges(door)
    found = charges.between(month, months.last_day(month))
    total, pieces = found.in_all()
    per_day = found.per_day()
    context = {
        **_month_context(month),
        "total": total,
        "pieces": pieces,
        "picks": found.filter(kind=Kind.PICK).in_all()[1],
        "before": _same_days_before(charges, month),
        "waiting": charges.on_no_invoice().in_all()[0],
        "points": _points(month, per_day),
        "days": sorted(per_day.items(), reverse=True),
        "groups": _by_node(found),
        "currency": door.member.currency,
        "month_cost": total,
        "month_cost_currency": door.member.currency,
    }
    return render(request, "billing/charges/costs.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def work_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """The pieces of work behind a number."""
    charges = work.narrowed(_charges(door), request.GET)
    page = keyset(request, charges.with_work(), order=work.ORDER)
    of_days = request.GET.copy()
    of_days.pop("kind", None)
    total, pieces = charges.in_all()
    context = {
        "page": page,
        **work.listed(page.items),
        "total": total,
        "pieces": pieces,
        "kinds": work.kinds_with_counts(work.narrowed(_charges(door), of_days)),
        "nodes": [(node.slug, node.name) for node in door.shared(Node)],
        "month": work.chosen_month(request.GET),
        "query": request.GET.urlencode(),
        "currency": door.member.currency,
    }
    return render(request, "billing/charges/work.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def overview_costs(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """A card for the member's first page: this month as a line. The invoices that wait are put into it by their own fragment."""
    month = months.first_day(clock.today("UTC"))
    found = _charges(door).between(month, months.last_day(month))
    total, pieces = found.in_all()
    context = {
        "month": month,
        "total": total,
        "pieces": pieces,
        "points": _points(month, found.per_day()),
        "currency": door.member.currency,
    }
    return render(request, "billing/charges/overview_costs.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def quote(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Fragment: what bookings of ?pool= (one or several) would cost.

    ?each=1 answers with one piece for each pool, to be put where its id stands; ?instead= names the booking that would
    be changed, to tell the difference. Without htmx it is a page.
    """
    pools = door.shared(SlotPool).exclude(kind=SlotPool.Kind.ASSORTMENT).select_related("node")
    form = QuoteForm(request.GET, pools=pools)
    context: dict[str, Any] = {"asked": "pool" in request.GET}
    if form.is_valid():
        found = quotes.quote(door.member, form.wishes())
        context |= {"quotes": list(found.values()), **_compared(request, door, found.values())}
    else:
        context["problems"] = [message for messages in form.errors.values() for message in messages]
    name = "_quotes_each" if "each" in request.GET else "_quotes"
    if not getattr(request, "htmx", False):
        name = "quote"
    return render(request, f"billing/charges/{name}.html", context)


@books()
def unpriced(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Work that no rate card prices: listed here until a steward gives it a price, never silently free."""
    unrated = unrated_work()
    members = {m.pk: m for m in door.all(Member)}
    nodes = {n.pk: n for n in door.all(Node)}
    groups = [
        {
            "line": line,
            "member": members[line.member_id],
            "node": nodes[line.node_id],
            "kind": Kind(line.kind).label,
            "unit": UNITS[line.kind],
            "why": _NO_PRICE[NoPrice(line.code)],
        }
        for line in lacking(unrated.unpriced)
    ]
    context = {
        "groups": groups,
        "count": len(unrated.unpriced),
        "waiting": len(unrated.waiting),
        "capped": len(unrated.unpriced) + len(unrated.waiting) >= 1000,
    }
    return render(request, "billing/charges/unpriced.html", context)


def _compared(request: HttpRequest, door: MemberDoor, found: Collection[quotes.Quote]) -> dict[str, Any]:
    """The price of the days ahead of the booking that ?instead= names, and how far the first quote is from it."""
    try:
        booking = door.all(Booking).filter(pk=request.GET["instead"]).select_related("pool__node").first()
    except (KeyError, ValidationError):
        return {}
    first = max(booking.first_day, clock.today(booking.pool.node.timezone)) if booking else None
    if booking is None or first is None or first > booking.last_day or len(found) != 1:
        return {}
    [quote] = found
    before = quotes.quote(door.member, [quotes.Wish(booking.pool, booking.slots, first, booking.last_day)])
    difference = quote.total - before[booking.pool_id].total
    return {"before": before[booking.pool_id], "difference": abs(difference), "dearer": difference > 0}


def _charges(door: MemberDoor) -> ChargeQuerySet:
    return cast(ChargeQuerySet, door.all(Charge))


def _month_context(month: dt.date) -> dict[str, Any]:
    today = clock.today("UTC")
    before, after = months.neighbours(month, latest=today)
    return {
        "month": month,
        "before_month": before,
        "after_month": after,
        "is_running": months.first_day(today) == month,
        "today": today,
    }


def _points(month: dt.date, per_day: dict[dt.date, Decimal]) -> list[tuple[str, Decimal]]:
    """Every day of the month up to today, days without work too."""
    last = min(months.last_day(month), max(clock.today("UTC"), month))
    if last == clock.today("UTC") and last not in per_day and last > month:
        last -= dt.timedelta(days=1)  # a day that has only begun is no fall to nothing
    days = clock.days_between(month, last)
    return [(f"{day.day} {day:%b}", per_day.get(day, Decimal(0))) for day in days]


def _same_days_before(charges: ChargeQuerySet, month: dt.date) -> Decimal:
    """The month before, up to the same day: what this month so far can be held against."""
    before = months.month_before(month)
    last = min(months.last_day(month), clock.today("UTC"))
    until = min(before + dt.timedelta(days=max((last - month).days, 0)), months.last_day(before))
    return charges.between(before, until).in_all()[0]


def _by_node(charges: ChargeQuerySet) -> list[dict[str, Any]]:
    """Nodes with their kinds of work, and what each came to."""
    nodes: dict[Any, dict[str, Any]] = {}
    for row in charges.per_kind_and_node():
        node = nodes.setdefault(
            row["node_id"],
            {"name": row["node__name"], "slug": row["node__slug"], "total": Decimal(0), "kinds": []},
        )
        node["total"] += row["total"]
        node["kinds"].append(
            {
                "kind": row["kind"],
                "label": Kind(row["kind"]).label.capitalize(),
                "unit": UNITS[row["kind"]],
                "quantity": row["total_quantity"],
                "pieces": row["pieces"],
                "total": row["total"],
            }
        )
    return list(nodes.values())


@portal(OWNER, MANAGER, ACCOUNTANT)
def drop_costs(request: HttpRequest, door: MemberDoor, drop: UUID) -> HttpResponse:
    """Fragment: what a drop cost so far: its goods, what it booked, its orders, by kind of work. Without htmx a page."""
    row = door.get(Drop, drop)
    done = work_of(row)
    charges = _charges(door).filter(activity__in=done)
    rows: Any = (
        charges.values("kind", "currency")
        .annotate(total=Sum("amount"), pieces=Sum("quantity"))
        .order_by("-total", "kind")
    )
    kinds: list[dict[str, Any]] = list(rows)
    for kind in kinds:
        kind["label"], kind["unit"] = Kind(kind["kind"]).label, UNITS[kind["kind"]]
    total = sum((kind["total"] for kind in kinds), Decimal(0))
    context = {
        "drop": row,
        "kinds": kinds,
        "total": total,
        "per_piece": total / row.sold if row.sold and total else None,
        "currency": kinds[0]["currency"] if kinds else door.member.currency,
        "not_rated": done.filter(charge=None).count(),
    }
    name = "_drop_costs" if getattr(request, "htmx", False) else "drop_costs"
    return render(request, f"billing/charges/{name}.html", context)
