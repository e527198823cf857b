"""Rate cards: stewards set them, accountants read them, members see their own prices."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from billing.rates import services
from billing.rates.forms import EndCardForm, RateCardForm, RateFormSet, copied, rates_in, sorted_rates
from billing.rates.models import RateCard, RateCardQuerySet
from coop.kernel import clock
from coop.kernel.paging import keyset
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.models import Member, Node
from coop.nodes.doors import CoopDoor, books, network
from coop.web.pages import show_form, submit
from fulfillment.activity.models import UNITS


@network()
def rate_card_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """All cards, the newest first."""
    return _list(request, door, "network")


@books()
def books_rate_card_list(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """The same, to read."""
    return _list(request, door, "books")


@network()
def rate_card(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """One card with its prices."""
    return _detail(request, door, pk, "network")


@books()
def books_rate_card(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """The same, to read."""
    return _detail(request, door, pk, "books")


@network(methods=("GET", "POST"))
def rate_card_new(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """A new card, from a copy of the one that ?copy= names, or of the common one in force."""
    members = list(door.all(Member).exclude(standing=Member.Standing.CLOSED))
    nodes = list(door.all(Node))
    head, rows = copied(_to_copy(request, door), clock.today("UTC") + dt.timedelta(days=1))
    form = RateCardForm(request.POST or None, initial=head, members=members)
    prices = RateFormSet(request.POST or None, initial=rows, prefix="rate", form_kwargs={"nodes": nodes})

    def put_in_force(_: dict[str, Any]) -> RateCard:
        return services.save_rate_card(**form.card(), rates=rates_in(prices.cleaned_data), by=door.user)

    saved = submit(request, form, put_in_force, beside=[prices])
    if saved:
        card = saved.result
        messages.success(request, f"“{card.name}” is in force from {card.valid_from:%-d %B %Y}.")
        return redirect("network:rate-card", pk=card.pk)
    return show_form(request, "billing/rates/new.html", form, {"prices": prices}, beside=[prices])


@network(methods=("GET", "POST"))
def rate_card_end(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Ask for a card's last day, then let it end: for prices that nothing follows."""
    card = door.get(RateCard, pk)
    form = EndCardForm(request.POST or None, initial={"last_day": card.valid_until or clock.today("UTC")})
    ended = submit(request, form, lambda to: services.end_rate_card(card=card, by=door.user, **to))
    if ended:
        messages.success(request, f"“{card.name}” ends with {ended.result.valid_until:%-d %B %Y}.")
        return redirect("network:rate-card", pk=pk)
    return show_form(request, "billing/rates/end.html", form, {"card": card})


@portal(OWNER, MANAGER, ACCOUNTANT)
def rates(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """What work costs this member today, and what comes."""
    today = clock.today("UTC")
    cards = cast(RateCardQuerySet, door.all(RateCard))
    in_force = list(cards.on(today).in_order().prefetch_related("rates__node"))
    coming = cards.filter(valid_from__gt=today).in_order().prefetch_related("rates__node")
    context = {
        "cards": [(card, _priced(card)) for card in in_force if card.currency == door.member.currency],
        "coming": [(card, _priced(card)) for card in coming],
        "today": today,
    }
    return render(request, "billing/rates/mine.html", context)


def _list(request: HttpRequest, door: CoopDoor, area: str) -> HttpResponse:
    today = clock.today("UTC")
    cards = cast(RateCardQuerySet, door.all(RateCard)).select_related("member")
    page = keyset(request, cards, order=("-valid_from", "-id"))
    context = {
        "base": f"base_{area}.html",
        "area": area,
        "page": page,
        "rows": [(card, _state(card, today)) for card in page.items],
        "in_force": cards.on(today).count(),
    }
    return render(request, "billing/rates/list.html", context)


def _detail(request: HttpRequest, door: CoopDoor, pk: UUID, area: str) -> HttpResponse:
    card = door.get(RateCard, pk)
    context = {
        "base": f"base_{area}.html",
        "area": area,
        "card": card,
        "state": _state(card, clock.today("UTC")),
        "rates": _priced(card),
    }
    return render(request, "billing/rates/detail.html", context)


def _priced(card: RateCard) -> list[dict[str, Any]]:
    return [{"rate": rate, "unit": UNITS[rate.kind]} for rate in sorted_rates(card)]


def _state(card: RateCard, today: dt.date) -> str:
    if card.valid_from > today:
        return "coming"
    return "in force" if card.valid_until is None or card.valid_until >= today else "ended"


def _to_copy(request: HttpRequest, door: CoopDoor) -> RateCard | None:
    cards = cast(RateCardQuerySet, door.all(RateCard)).prefetch_related("rates__node")
    wanted = request.GET.get("copy", "")
    if wanted:
        try:
            return cards.filter(pk=UUID(wanted)).first()
        except ValueError:
            return None
    return cards.filter(member__isnull=True).on(clock.today("UTC")).first()
