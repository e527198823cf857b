"""A business rule that said no becomes a page (or an htmx toast) with the rule's own words, never a trace."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coop.kernel.errors import DomainError


class DomainErrorMiddleware:
    """Turns a DomainError that a view did not handle itself into its answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if getattr(request, "htmx", False):
            response = HttpResponse(status=error.status)
            response["HX-Reswap"] = "none"
            response["HX-Trigger"] = json.dumps({"toast": {"kind": "bad", "message": error.message}})
            return response
        return render(request, "errors/domain.html", {"error": error}, status=error.status)
