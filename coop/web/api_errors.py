"""Errors of the API in one shape (RFC 9457): {"type", "title", "status", "code", "errors": [{"field", "message"}]}."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler

from coop.kernel.constraints import explain
from coop.kernel.errors import DomainError

PROBLEM = "application/problem+json"


class ProblemFieldSerializer(serializers.Serializer):
    """One field that needs another look."""

    field = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """What went wrong (RFC 9457, application/problem+json)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    errors = ProblemFieldSerializer(many=True)  # type: ignore[assignment] # a field of ours, not the serializer's


def refusal(description: str) -> OpenApiResponse:
    """For the schema: an answer of this shape, and when it is given."""
    return OpenApiResponse(ProblemSerializer, description=description)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. An IntegrityError of a named constraint is 409 or 422, never 500."""
    if isinstance(error, IntegrityError):
        error = explain(error) or error
    if isinstance(error, DomainError):
        fields = [{"field": error.field, "message": error.message}] if error.field else []
        return _answer(error.status, error.message, error.code, fields)
    if isinstance(error, Http404):
        return _answer(404, "There is nothing here under that id.", "not_found", [])
    if isinstance(error, PermissionDenied):
        return _answer(403, "This key may not do that.", "not_allowed", [])
    answer = exception_handler(error, context)
    if answer is None or not isinstance(error, exceptions.APIException):
        return answer
    if isinstance(error, exceptions.ValidationError):
        return _answer(422, "Some fields need another look.", "invalid", _flatten(error.detail))
    problem = _answer(answer.status_code, str(error.detail), str(error.default_code), [])
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in answer.headers:
            problem[name] = answer.headers[name]
    return problem


def _answer(status: int, title: str, code: str, errors: list[dict[str, str]]) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "errors": errors}
    return Response(body, status=status, content_type=PROBLEM)


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [
            e for key, value in detail.items() for e in _flatten(value, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        return [e for n, value in enumerate(detail) for e in _flatten(value, f"{path}[{n}]")]
    messages = detail if isinstance(detail, list) else [detail]
    return [{"field": path, "message": str(message)} for message in messages]
