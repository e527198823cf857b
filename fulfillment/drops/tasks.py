from __future__ import annotations

import datetime as dt

from celery import shared_task

from coop import clock
from fulfillment.drops import services
from fulfillment.drops.models import ReplenishmentCycle


@shared_task(name="fulfillment.drops.plan_runs")
def plan_runs() -> int:
    """Make every cycle's runs up to the horizon. Returns how many are new."""
    return sum(
        services.plan_runs(
            cycle=cycle,
            until=clock.today(cycle.node.timezone) + dt.timedelta(days=services.HORIZON_DAYS),
        )
        for cycle in ReplenishmentCycle.objects.select_related("node")
    )


@shared_task(name="fulfillment.drops.open_and_close")
def open_and_close() -> list[int]:
    """Let drops go live and end at their times."""
    return list(services.open_and_close_drops())
