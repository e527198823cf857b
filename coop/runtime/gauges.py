"""Business gauges for /metrics: each room's `gauges.py` registers what should be watched there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric

from coop.kernel.rooms import discover
from coop.runtime.models import OutboxMessage

Reading = Callable[[], float]
_gauges: dict[str, tuple[str, Reading]] = {}


def gauge(name: str, help_text: str) -> Callable[[Reading], Reading]:
    """Register a function whose number is read at every scrape."""

    def register(read: Reading) -> Reading:
        _gauges[f"commonshelf_{name}"] = (help_text, read)
        return read

    return register


class _Collector:
    def collect(self) -> Iterator[Metric]:
        discover("gauges")
        for name, (help_text, read) in sorted(_gauges.items()):
            yield GaugeMetricFamily(name, help_text, value=read())

    def describe(self) -> list[Metric]:
        """Nothing: prometheus_client would otherwise read every gauge at import, before there is a database."""
        return []


def register() -> None:
    """Hook the gauges into the process's registry, once."""
    REGISTRY.register(_Collector())


@gauge("outbox_waiting", "Messages that wait to leave the building")
def outbox_waiting() -> float:
    return OutboxMessage.objects.filter(state="pending").count()


@gauge("outbox_oldest_seconds", "Age of the oldest message that waits")
def outbox_oldest() -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM coop_outboxmessage WHERE state = 'pending'"
        )
        return float(cursor.fetchone()[0])
