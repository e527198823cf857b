"""How many requests one API key may make."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from redis import Redis
from rest_framework.throttling import BaseThrottle

from coop.kernel import clock

if TYPE_CHECKING:  # the library's views read the settings that name this module
    from rest_framework.request import Request
    from rest_framework.views import APIView

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL)


def _count(window: str, *, forget_after_s: int) -> int:
    """Count one more in this window; how many that makes. One round trip to Redis, for the first of a window two."""
    counted: int = _redis().incr(window)
    if counted == 1:
        _redis().expire(window, forget_after_s)
    return counted


class KeyThrottle(BaseThrottle):
    """So many requests of a key in each window of a second, minute, hour or day, counted by one counter.

    The library's own keeps the time of every request of the window and reads all of them for the next one: ten
    thousand orders in a drop's first minute would be read fifty million times. A view with a `throttle_scope` of its
    own counts by itself; rates are `API_RATES` of the settings, "600/min".
    """

    _wait_s: float | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        scope = getattr(view, "throttle_scope", "api")
        most, _, period = settings.API_RATES[scope].partition("/")
        seconds = _SECONDS[period[0]]
        moment = clock.now().timestamp()
        self._wait_s = seconds - moment % seconds
        who = getattr(request.user, "pk", None) or self.get_ident(request)
        window = f"throttle:{scope}:{who}:{seconds}:{int(moment // seconds)}"
        return _count(window, forget_after_s=2 * seconds) <= int(most)

    def wait(self) -> float | None:
        """Seconds until the next window begins."""
        return self._wait_s
