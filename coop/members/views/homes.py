"""The first page of a creator and of a steward. What upper floors know is asked for by the template, by address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop import clock
from coop.catalog.models import PackingSpec, Sku
from coop.members.access import ACCOUNTANT, MANAGER, OWNER, CoopDoor, MemberDoor, network, portal
from coop.members.models import Application, Invitation, Member
from coop.nodes.models import Node


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
    return render(request, "coop/members/overview.html", context)


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
    return render(request, "coop/members/network_home.html", context)
