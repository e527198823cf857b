from __future__ import annotations

from billing.charges import services
from coop.runtime.schedule import scheduled


@scheduled("billing.charges.rate_new_work", seconds=60)
def rate_new_work() -> int:
    """Charge what was done since the last time."""
    return services.rate_activities()
