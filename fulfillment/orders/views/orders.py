"""A member's orders: the list, one order, the form, the overview's part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.kernel import clock
from coop.kernel.errors import DomainError
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.models import Sku
from coop.tables import csv_response
from coop.web.pages import ListPage, ask_first, show_form, submit, was_sent
from fulfillment.orders import reads, services
from fulfillment.orders.errors import OrdersRefused
from fulfillment.orders.forms import LineFormSet, Lines, OrderForm, order_input, show_problems, sum_up
from fulfillment.orders.models import Channel, Order, OrderLine, OrderQuerySet
from fulfillment.orders.story import timeline

# Which zone a member's own days are in, until members have one of their own.
ZONE = "Europe/Berlin"
_MORE = 5


@portal(OWNER, MANAGER, ACCOUNTANT)
def order_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """All orders, narrowed by what the address says."""
    listed = _listed(request, door)
    context = {
        "page": listed.page,
        "chips": listed.chips,
        "state": reads.summary(listed.counts),
        "filtered": listed.is_narrowed,
        "query": listed.query,
        "may_change": door.role != ACCOUNTANT,
        "now": clock.now(),
    }
    return render(request, "fulfillment/orders/order_list.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def order_export(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """The filtered list, one row a line."""
    rows = reads.csv_rows(_listed(request, door).narrowed)
    return csv_response(f"orders-{door.member.slug}.csv", reads.CSV_HEADERS, rows)


@portal(OWNER, MANAGER, ACCOUNTANT)
def order_detail(request: HttpRequest, door: MemberDoor, order: UUID) -> HttpResponse:
    """One order: its lines and why they wait, and what happened; its parcels are the pack bench's to tell."""
    found = door.get(Order, order)
    lines = list(found.lines.select_related("sku").order_by("sku__code"))
    context = {
        "order": found,
        "now": clock.now(),
        "lines": lines,
        "short": [line for line in lines if line.missing],
        "cut": any(line.quantity_cancelled for line in lines),
        "may_send": door.role != ACCOUNTANT and _may_send(found, lines),
        "events": timeline(found),
        "allocations": found.allocations.live()
        .select_related("node", "sku", "bin")
        .order_by("node__name", "pk"),
        "may_cancel": door.role != ACCOUNTANT
        and found.state in (Order.State.WAITING, Order.State.ALLOCATED, Order.State.PICKING),
        "value": sum(
            (line.quantity - line.quantity_cancelled) * line.unit_price
            for line in lines
            if line.unit_price is not None
        ),
        "priced": any(line.unit_price is not None for line in lines),
    }
    return render(request, "fulfillment/orders/order_detail.html", context)


@portal(methods=["GET", "POST"])
def order_new(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """An order by hand; it is allocated at once."""
    form, lines = _order_forms(request, door)
    placed = submit(request, form, lambda _: _place(door, form, lines), beside=[lines])
    if placed and placed.result is not None:
        messages.success(request, f"Order {placed.result.number} is in.")
        return redirect("portal:order-detail", member=door.member.slug, order=placed.result.pk)
    context = {
        "lines": lines,
        "skus": door.all(Sku).filter(is_active=True).order_by("code").values_list("code", "title")[:500],
        "back": reverse("portal:order-list", args=[door.member.slug]),
    }
    if was_sent(request):
        sum_up(form, lines)
    return show_form(request, "fulfillment/orders/order_form.html", form, context)


@portal(methods=["GET", "POST"])
def order_cancel(request: HttpRequest, door: MemberDoor, order: UUID) -> HttpResponse:
    """Ask, then cancel."""
    found = door.get(Order, order)
    here = reverse("portal:order-detail", args=[door.member.slug, found.pk])
    if request.method == "POST":
        words = f"Order {found.number} is cancelled. What was promised to it is free again."
        return _done(request, here, lambda: services.cancel_order(order=found, by=door.user), words)
    return ask_first(
        request,
        area="portal",
        title=f"Cancel order {found.number}?",
        what="What is promised to it goes to the next who waits. This cannot be taken back.",
        label="Cancel the order",
        back_url=here,
    )


@portal(methods=["GET", "POST"])
def order_send(request: HttpRequest, door: MemberDoor, order: UUID) -> HttpResponse:
    """Ask, then send what is there and give up the rest."""
    found = door.get(Order, order)
    here = reverse("portal:order-detail", args=[door.member.slug, found.pk])
    if request.method == "POST":
        words = f"Order {found.number} goes with what is there."
        return _done(request, here, lambda: services.send_what_is_there(order=found, by=door.user), words)
    lines = list(found.lines.select_related("sku").order_by("sku__code"))
    if not _may_send(found, lines):
        messages.info(request, f"There is nothing to decide about order {found.number}.")
        return redirect(here)
    missing = ", ".join(
        f"{line.missing:,} × {line.sku.title} ({line.sku.code})" for line in lines if line.missing
    )
    goes = sum(line.quantity_allocated for line in lines)
    return ask_first(
        request,
        area="portal",
        title=f"Send order {found.number} without what is missing?",
        what=f"{goes:,} piece{'' if goes == 1 else 's'} of it can go. Given up for good: {missing}. "
        "What you tell your buyer, and what you pay back, is yours to do.",
        label="Send what is there",
        back_url=here,
    )


@portal(OWNER, MANAGER, ACCOUNTANT)
def overview_orders(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Fragment for the overview: what waits and why, and orders per day."""
    orders = door.all(Order)
    waiting = orders.filter(state=Order.State.WAITING)
    points = reads.per_day(orders, ZONE)
    context = {
        "waiting": reads.with_glance(waiting).order_by("placed_at", "id")[:5],
        "waiting_count": waiting.count(),
        "points": points,
        "placed": sum(count for _, count in points),
    }
    return render(request, "fulfillment/orders/_overview.html", context)


def _done(request: HttpRequest, here: str, act: Callable[[], object], words: str) -> HttpResponse:
    """The page of the order again, with what was done, or why not."""
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, words)
    return redirect(here)


def _may_send(order: Order, lines: Sequence[OrderLine]) -> bool:
    """Something is promised, something else is missing."""
    return (
        order.state == Order.State.WAITING
        and any(line.missing for line in lines)
        and any(line.quantity_allocated for line in lines)
    )


def _listed(request: HttpRequest, door: MemberDoor) -> ListPage[Order]:
    return ListPage(
        request,
        door.all(Order),
        order=("-placed_at", "-id"),
        search=lambda orders, words: cast(OrderQuerySet, orders).search(words),
        by="state",
        choices=Order.State,
        select=reads.with_glance,
    )


def _order_forms(request: HttpRequest, door: MemberDoor) -> tuple[OrderForm, LineFormSet]:
    if request.method != "POST":
        count = door.all(Order).filter(channel__kind=Channel.Kind.FORM).count()
        initial = {"number": f"P-{count + 1:04d}", "country": door.member.country}
        return OrderForm(initial=initial), cast(LineFormSet, Lines(prefix="lines"))
    data = request.POST.copy()
    if not was_sent(request):
        data["lines-TOTAL_FORMS"] = str(min(200, int(data.get("lines-TOTAL_FORMS", "0") or 0) + _MORE))
    return OrderForm(data), cast(LineFormSet, Lines(data, prefix="lines"))


def _place(door: MemberDoor, form: OrderForm, lines: LineFormSet) -> Order | None:
    """The order, placed and allocated; None when its lines now say why not."""
    try:
        told = order_input(form, lines, clock.now())
        return services.place_by_hand(member=door.member, order=told, by=door.user)
    except OrdersRefused as refused:
        show_problems(form, lines, refused)
        return None
