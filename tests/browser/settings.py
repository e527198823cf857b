"""Settings of the installation that the browser tests drive: the program's own, with fast passwords and no rate limits."""

from __future__ import annotations

from coop.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
STORAGES = {
    **STORAGES,  # type: ignore[name-defined] # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Nothing is collected: WhiteNoise asks the finders.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # type: ignore[name-defined] # noqa: F405
# Nobody waits a minute for the next round.
CELERY_BEAT_SCHEDULE = {
    name: {**entry, "schedule": min(entry["schedule"], 2.0)}
    for name, entry in CELERY_BEAT_SCHEDULE.items()  # noqa: F405
    if entry["schedule"] <= 60
} | {
    name: entry
    for name, entry in CELERY_BEAT_SCHEDULE.items()  # noqa: F405
    if entry["schedule"] > 60
}
