"""What tests of payments need: an issued invoice without the work behind it, the stand-in, and a signed webhook."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any

import stripe
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings

from billing.invoices.models import Invoice, InvoiceLine
from billing.ledger import chart
from billing.ledger.services import post
from billing.payments import stripe_gateway
from billing.payments.models import Collection
from coop.kernel import clock
from coop.members.models import Member
from coop.nodes.models import Node
from coop.runtime import outbox
from coop.runtime.models import OutboxMessage
from fulfillment.models import Kind
from lab.stripe_standin import StandIn
from tests.world import make_member, make_node

_next = count(1)
WEBHOOK = "/webhooks/stripe/"


def fresh(invoice: Invoice) -> Invoice:
    """The invoice as the database has it now, with nothing remembered."""
    return Invoice.objects.get(pk=invoice.pk)


@contextmanager
def settings_for(standin: StandIn) -> Iterator[None]:
    with override_settings(STRIPE_API_BASE=standin.url, STRIPE_SECRET_KEY="sk_test_standin"):
        yield


def make_invoice(
    *,
    member: Member | None = None,
    node: Node | None = None,
    nets: tuple[str, ...] = ("100.00", "33.33", "0.07"),
    rate: str = "19.00",
    issued_on: dt.date | None = None,
    tell: bool = True,
    money: dict[str, Any] | None = None,
    **fields: Any,
) -> Invoice:
    """An issued invoice of three lines, in the books, and (unless told otherwise) on its way to Stripe.

    `money` says how far its collection is.
    """
    member = member or make_member()
    node = node or Node.objects.first() or make_node()
    number = next(_next)
    net = sum(map(Decimal, nets), Decimal(0))
    tax = (net * Decimal(rate) / 100).quantize(Decimal("0.01"))
    day = issued_on or clock.today("Europe/Berlin")
    with transaction.atomic():
        invoice = Invoice.objects.create(
            **{
                "member": member,
                "period_start": dt.date(2020 + number // 12, number % 12 + 1, 1),
                "period_end": dt.date(2020 + number // 12, number % 12 + 1, 28),
                "state": "issued",
                "number": f"CS-{day:%Y}-{number:05d}",
                "issued_on": day,
                "due_on": day + dt.timedelta(days=14),
                "currency": "EUR",
                "seller": {"timezone": "Europe/Berlin"},
                "buyer": {"name": member.name},
                "vat_rate": Decimal(rate),
                "net_amount": net,
                "vat_amount": tax,
                "gross_amount": net + tax,
                **fields,
            }
        )
        kinds = Kind.values
        InvoiceLine.objects.bulk_create(
            InvoiceLine(
                invoice=invoice,
                position=position,
                kind=kinds[position % len(kinds)],
                node=node,
                description=f"Picks · {node.name}",
                quantity=7,
                unit="picks",
                unit_price=Decimal(1),
                net_amount=Decimal(amount),
            )
            for position, amount in enumerate(nets, start=1)
        )
        post(
            kind="invoice",
            source_id=invoice.pk,
            day=day,
            memo=f"Invoice {invoice.number}",
            postings=[
                (chart.receivable(member, invoice.currency), net + tax),
                (chart.revenue("pick", invoice.currency), -net),
                (chart.vat(invoice.currency), -tax),
            ],
        )
        if money:
            Collection.objects.filter(invoice=invoice).update(**money)
        if tell:
            outbox.enqueue(
                topic="stripe.invoice", key=f"invoice:{invoice.pk}", payload={"invoice": str(invoice.pk)}
            )
    return invoice


def deliver(*, again: bool = True) -> OutboxMessage | None:
    """One round of the outbox for Stripe, the pauses between tries left out. Returns the latest message."""
    if again:
        OutboxMessage.objects.filter(state="pending").update(next_attempt_at=clock.now())
    outbox.deliver_due(topic="stripe.invoice")
    return OutboxMessage.objects.filter(topic="stripe.invoice").order_by("-id").first()


def pushed(**fields: Any) -> Invoice:
    """An invoice that lies open at Stripe."""
    invoice = make_invoice(**fields)
    deliver()
    invoice = Invoice.objects.select_related("collection").get(pk=invoice.pk)
    assert invoice.collection.state == "open"
    return invoice


def event(type_: str, found: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": f"evt_test_{next(_next)}",
        "object": "event",
        "type": type_,
        "api_version": stripe_gateway.API_VERSION,
        "livemode": False,
        "created": int(time.time()),
        "data": {"object": found},
        **fields,
    }


def invoice_event(type_: str, stripe_id: str, **fields: Any) -> dict[str, Any]:
    return event(type_, {"object": "invoice", "id": stripe_id}, **fields)


def send(
    told: dict[str, Any] | bytes,
    *,
    secret: str | None = None,
    at: int | None = None,
    client: Client | None = None,
    **headers: str,
) -> Any:
    """Post an event as Stripe does, signed with our secret now (or another one, or at another time)."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    header = stripe.WebhookSignature.generate_signature_header(
        body.decode("utf-8", "replace"), secret or settings.STRIPE_WEBHOOK_SECRET, timestamp=at
    )
    return (client or Client()).post(
        WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": header, **headers}
    )


@contextmanager
def a_standin() -> Iterator[StandIn]:
    """The stand-in with nobody listening to its webhooks, and our settings pointing at it; no pauses between retries."""
    before = stripe._http_client.HTTPClient.INITIAL_DELAY
    stripe._http_client.HTTPClient.INITIAL_DELAY = 0.01
    try:
        with StandIn() as standin, settings_for(standin):
            yield standin
    finally:
        stripe._http_client.HTTPClient.INITIAL_DELAY = before
        stripe_gateway._client_for.cache_clear()
