"""The first page of each role. What upper floors know is asked for by the template, by address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from coop.catalog.models import PackingSpec, Sku
from coop.homes.context import places
from coop.identity.doors import Door, signed_in
from coop.kernel import clock
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.members.models import Application, Invitation, Member
from coop.nodes.doors import CoopDoor, network
from coop.nodes.models import Node


@signed_in()
def home(request: HttpRequest, door: Door) -> HttpResponse:
    """To the only place this person has; a choice among several; the application for none."""
    mine = places(request)
    if len(mine) == 1:
        return redirect(mine[0]["url"])
    if mine:
        return render(request, "coop/homes/choose.html", {"mine": mine})
    if door.all(Application).exists():
        return redirect("public:application")
    return redirect("public:apply")


@portal(OWNER, MANAGER, ACCOUNTANT)
def overview(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """What needs me, the next drop, stock by node, this month's picks and cost; on the first day, the first steps."""
    skus = door.all(Sku).filter(is_active=True).count()
    context = {
        "skus": skus,
        "has_spec": door.all(PackingSpec).exists(),
        "invitations": door.all(Invitation).filter(closed_at=None, expires_at__gt=clock.now()).count(),
        "member": door.member,
    }
    return render(request, "coop/homes/overview.html", context)


@network()
def network_home(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """How the co-op is doing, who waits for an answer, where the nodes are."""
    members = door.all(Member).exclude(standing=Member.Standing.CLOSED)
    waiting = door.all(Application).filter(state=Application.State.WAITING)
    context = {
        "members": members.count(),
        "on_hold": members.filter(standing=Member.Standing.ON_HOLD).count(),
        "skus": door.all(Sku).filter(is_active=True).count(),
        "waiting": waiting.count(),
        "applications": waiting.select_related("applicant").order_by("applied_at")[:5],
        "nodes": door.all(Node),
    }
    return render(request, "coop/homes/network_home.html", context)
