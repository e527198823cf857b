"""The Celery application. Tasks, and how often they come round, are found in every room's `tasks.py`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import import_modules

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")

app = Celery("commonshelf")
app.config_from_object("django.conf:settings", namespace="CELERY")


def _rooms() -> list[str]:
    from coop.kernel.rooms import rooms

    return rooms()


app.autodiscover_tasks(_rooms)


# After Django is set up and the tasks are there, before beat reads its schedule.
@import_modules.connect
def _know_the_schedule(**signal: Any) -> None:
    from coop.runtime import schedule

    app.conf.beat_schedule = schedule.entries()
