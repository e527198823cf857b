"""Is it alive, is it ready, how is it doing: for machines that watch."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Database and Redis answer, too: 200, else 503 with what does not."""
    checks = {"database": _database(), "redis": _redis()}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text format, for whoever holds METRICS_TOKEN; without a token only the demo answers."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.DEMO and not (
        settings.METRICS_TOKEN and hmac.compare_digest(given, settings.METRICS_TOKEN)
    ):
        raise Http404
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis() -> bool:
    try:
        cache.get("readyz")
    except RedisError:
        return False
    return True
