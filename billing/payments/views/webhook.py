"""The door that Stripe comes in by: no person, no session, a signature instead."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from billing.payments import services
from billing.payments.errors import WebhookRefused

# Stripe's events are some tens of kilobytes; who sends more is not Stripe.
MAX_BYTES = 512 * 1024


@csrf_exempt
def stripe(request: HttpRequest) -> HttpResponse:
    """Keep a signed event and say so at once; also when it is kept already."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if _announced(request) > MAX_BYTES:
        return _say("This is too much for an event.", 413)
    try:
        body = request.body
    except RequestDataTooBig:
        return _say("This is too much for an event.", 413)
    if len(body) > MAX_BYTES:
        return _say("This is too much for an event.", 413)
    try:
        new = services.receive_webhook(body=body, signature=request.headers.get("Stripe-Signature", ""))
    except WebhookRefused as error:
        return _say(error.message, 400)
    return _say("Kept." if new else "Kept already.", 200)


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _say(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


# What the test of all addresses and roles reads: whose door this is.
stripe.area = "webhooks"  # type: ignore[attr-defined]
stripe.roles = ()  # type: ignore[attr-defined]
stripe.methods = ("POST",)  # type: ignore[attr-defined]
