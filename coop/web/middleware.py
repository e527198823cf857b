"""What stands around every view of ours: errors of the trade become answers, and calls of the API take the short way in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django_structlog.middlewares import RequestMiddleware

from coop.kernel.errors import DomainError

Handler = Callable[[HttpRequest], HttpResponseBase]
# Nothing of an answer of the API is a page: nothing may be loaded by it, and nothing may frame it.
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
_loading = threading.local()


class ShortWayIn:
    """Here calls of the API (`API_PATH`) leave the way of people's pages, to come in again at `EverybodysWay`.

    What stands between the two in MIDDLEWARE is for browsers: cookies, sessions, messages, forms, a page's policy. A call
    brings its key with it, and an answer is no page.
    """

    def __init__(self, get_response: Handler) -> None:
        self.long_way = get_response
        self.short_way: Handler = _loading.rest  # middleware is loaded from the inside out

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(settings.API_PATH):
            return self.long_way(request)
        response = self.short_way(request)
        response.headers.setdefault("Content-Security-Policy", _NO_PAGE)
        return response


class EverybodysWay:
    """From here inwards all requests go the same way, those of browsers and the calls that `ShortWayIn` let pass."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = _loading.rest = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class RequestLog(RequestMiddleware):
    """One line a request in the log, with its id, who asked and from where; the id stands in all that it logs."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """The other end of the wire; behind a proxy what that says. Other headers are anybody's to write."""
        address = request.META.get("REMOTE_ADDR", "")
        if settings.SECURE_PROXY_SSL_HEADER:
            address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
        structlog.contextvars.bind_contextvars(ip=address)


class DomainErrorMiddleware:
    """Turns a DomainError that a view did not handle itself into its answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page (or an htmx toast) with the rule's own words, never a trace."""
        if not isinstance(error, DomainError):
            return None
        if getattr(request, "htmx", False):
            response = HttpResponse(status=error.status)
            response["HX-Reswap"] = "none"
            response["HX-Trigger"] = json.dumps({"toast": {"kind": "bad", "message": error.message}})
            return response
        return render(request, "errors/domain.html", {"error": error}, status=error.status)
