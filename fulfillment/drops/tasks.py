"""Drops by the clock, and when goods arrive or a sale comes to nothing; and the letters about them."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.urls import reverse

from coop.kernel import clock
from coop.kernel.errors import Busy
from coop.runtime import letters, outbox
from coop.runtime.models import OutboxMessage
from coop.runtime.schedule import scheduled
from fulfillment.drops import services
from fulfillment.drops.letters import TOPIC
from fulfillment.drops.models import Drop, DropStep, ReplenishmentCycle
from fulfillment.inventory.events import goods_came
from fulfillment.orders.events import claim_freed


@scheduled("fulfillment.drops.plan_runs", seconds=3600)
def plan_runs() -> int:
    """Make every cycle's runs up to the horizon. Returns how many are new."""
    return sum(
        services.plan_runs(
            cycle=cycle,
            until=clock.today(cycle.node.timezone) + dt.timedelta(days=services.HORIZON_DAYS),
        )
        for cycle in ReplenishmentCycle.objects.filter(is_active=True).select_related("node")
    )


@scheduled("fulfillment.drops.open_and_close", seconds=30)
def open_and_close() -> list[int]:
    """Let drops go live and end at their times."""
    return list(services.open_and_close_drops())


@shared_task(name="fulfillment.drops.open_one")
def open_one(drop: str) -> None:
    """Open one drop; sent so that it comes at the second. Whatever is lost, the schedule and the first sale make good."""
    with suppress(Busy):
        for found in Drop.objects.filter(pk=UUID(drop)):
            services.open_drop(drop=found)


@goods_came.heard("drops.goods_came")
def look_at(message: OutboxMessage) -> None:
    """Goods arrived for the drop of this claim. A drop that is busy is looked at again in a moment."""
    for found in Drop.objects.filter(claim=UUID(message.payload["claim"])):
        services.note_arrivals(drop=found)


@claim_freed.heard("drops.claim_freed")
def take_back(message: OutboxMessage) -> None:
    """An order of this claim's drop was cancelled."""
    for found in Drop.objects.filter(claim=UUID(message.payload["claim"])):
        services.take_back(drop=found)


@scheduled("fulfillment.drops.every_minute", seconds=60)
def every_minute() -> None:
    """What nudges may have missed: arrivals, cutoffs, sales that came to nothing, drops that are done."""
    services.look_after_drops()


@outbox.handler(TOPIC)
def send_letter(message: OutboxMessage) -> dict[str, str]:
    """One letter; answers of buyers go to the member, whose customers they are."""
    told = message.payload
    step = DropStep.objects.select_related("drop__member").get(pk=told["step"])
    drop = step.drop
    node = drop.home
    url = reverse("portal:drop-detail", kwargs={"member": drop.member.slug, "pk": drop.pk})
    context = {
        **told,
        "drop": drop,
        "step": step,
        "link": settings.SITE_URL + url,
        "opens": f"{drop.opens_at.astimezone(node.zone):%a %d %b %Y %H:%M}",
        "zone": node.timezone,
        "rule": drop.get_fairness_display(),
    }
    return letters.send_letter(
        message,
        f"fulfillment/drops/mail/{told['what']}.txt",
        context,
        to=told["to"],
        reply_to=[drop.member.email] if told["what"].startswith("buyer_") else None,
        headers={"X-Entity-Ref-ID": message.key},
    )
