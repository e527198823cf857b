"""The Celery application. Tasks are found in every room's `tasks.py`; the schedule is in the settings."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")

app = Celery("commonshelf")
app.config_from_object("django.conf:settings", namespace="CELERY")


def _rooms() -> list[str]:
    from coop.kernel.rooms import rooms

    return rooms()


app.autodiscover_tasks(_rooms)
