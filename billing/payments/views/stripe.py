"""The accountant's view of Stripe: what differs, what waits, what went wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from billing.invoices.models import Invoice
from billing.payments import services
from billing.payments.errors import NotPushed, StripeDown, StripeRefused
from billing.payments.job_handlers import RECONCILE
from billing.payments.models import Collection, StripeEvent
from coop.jobs.models import Job
from coop.jobs.services import start_job
from coop.nodes.doors import CoopDoor, books
from coop.runtime import outbox
from coop.runtime.models import OutboxMessage

_MOST = 100


@books()
def reconciliation(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """What Stripe said when it was last asked, and what waits or went wrong between us."""
    collections = door.all(Collection).select_related("invoice__member")
    jobs = door.all(Job).filter(kind=RECONCILE)
    unsent = door.all(OutboxMessage).exclude(state=OutboxMessage.State.SENT)
    events = door.all(StripeEvent)
    open_events = events.filter(state__in=[StripeEvent.State.STORED, StripeEvent.State.FAILED])
    asked = jobs.filter(state=Job.State.DONE).order_by("-created_at").first()
    attention = collections.filter(state=Collection.State.ATTENTION)
    unpushed = collections.filter(stripe_id="").exclude(state=Collection.State.ATTENTION)
    context = {
        "asked": asked,
        "running": jobs.filter(state__in=[Job.State.WAITING, Job.State.RUNNING]).first(),
        "failed_job": _failed_since(jobs, asked),
        "findings": _with_invoices(asked.failures, collections) if asked else [],
        "unsent": unsent.order_by("state", "next_attempt_at")[:_MOST],
        "events": open_events.order_by("state", "received_at")[:_MOST],
        "attention": attention.order_by("invoice__number")[:_MOST],
        "unpushed": unpushed.order_by("invoice__number")[:_MOST],
        "waiting_count": unsent.filter(state=OutboxMessage.State.PENDING).count(),
        "failed_count": unsent.filter(state=OutboxMessage.State.FAILED).count(),
        "event_count": open_events.count(),
        "attention_count": attention.count(),
        "ignored": events.filter(state=StripeEvent.State.IGNORED)
        .exclude(note="")
        .order_by("-received_at")[:20],
    }
    return render(request, "billing/payments/reconciliation.html", context)


@books(methods=("POST",))
def ask(request: HttpRequest, door: CoopDoor) -> HttpResponse:
    """Ask Stripe now; its page shows how far the asking is."""
    job = start_job(kind=RECONCILE, title="Ask Stripe about our invoices", member=None, by=door.user)
    return redirect("jobs:detail", job=job.pk)


@books(methods=("POST",))
def message_again(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Try a message once more."""
    if outbox.try_again(message=door.get(OutboxMessage, pk)):
        messages.success(request, "It is tried again now. Reload in a moment to see what became of it.")
    else:
        messages.info(request, "It has been delivered meanwhile.")
    return redirect("books:reconciliation")


@books(methods=("POST",))
def event_again(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Look at an event once more."""
    if services.retry_event(event=door.get(StripeEvent, pk)):
        messages.success(request, "It is looked at again now. Reload in a moment to see what became of it.")
    else:
        messages.info(request, "It has been applied meanwhile.")
    return redirect("books:reconciliation")


@books(methods=("POST",))
def refresh(request: HttpRequest, door: CoopDoor, pk: UUID) -> HttpResponse:
    """Take over what Stripe says of one invoice."""
    invoice = door.get(Invoice, pk)
    collection = door.all(Collection).filter(invoice=invoice).first()
    if collection is None or not collection.stripe_id:
        raise NotPushed("This invoice is not at Stripe yet; try its message again.")
    try:
        fresh = services.settle(stripe_id=collection.stripe_id)
    except StripeDown:
        messages.error(request, "Stripe did not answer. Nothing was changed; try again in a while.")
    except StripeRefused as error:
        messages.error(request, f"Stripe refused: {error}")
    else:
        state = fresh.get_state_display() if fresh else "unknown"
        messages.success(request, f"{invoice.number} stands as at Stripe: {state}.")
    return redirect("books:reconciliation")


def _failed_since(jobs: QuerySet[Job], asked: Job | None) -> Job | None:
    """The last time of asking, when it came to nothing."""
    failed = jobs.filter(state=Job.State.FAILED).order_by("-created_at")
    return failed.filter(created_at__gt=asked.created_at).first() if asked else failed.first()


def _with_invoices(failures: list[dict[str, Any]], collections: QuerySet[Collection]) -> list[dict[str, Any]]:
    """Each finding with its invoice, where it is about one that Stripe knows."""
    numbers = {found["value"] for found in failures}
    at_stripe = collections.filter(invoice__number__in=numbers).exclude(stripe_id="")
    known = {collection.invoice.number: collection.invoice for collection in at_stripe}
    return [{**found, "invoice": known.get(found["value"])} for found in failures]
