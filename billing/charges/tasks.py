from __future__ import annotations

from celery import shared_task

from billing.charges import services


@shared_task(name="billing.charges.rate_new_work")
def rate_new_work() -> int:
    """Charge what was done since the last time."""
    return services.rate_activities()
