"""What tests of anything that talks to Stripe need: a client, and an inbox that takes webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

SECRET = "whsec_kit"


def client_for(url: str, *, retries: int = 0, timeout: float = 5) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_kit",
        base_addresses={"api": url, "files": url, "meter_events": url},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


class Inbox:
    """Takes webhooks on a free port, verifies each with the library, and answers `status`."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.status = 200
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], SECRET)
                inbox.events.append(event)
                self.send_response(inbox.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Inbox:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]


def until(true: Callable[[], bool], timeout: float = 10) -> None:
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def tax(amount: int, taxable: int) -> list[dict[str, Any]]:
    rate = {"display_name": "VAT", "inclusive": False, "percentage": 21.0, "country": "BE"}
    return [
        {
            "amount": amount,
            "taxable_amount": taxable,
            "taxability_reason": "standard_rated",
            "tax_rate_data": rate,
        }
    ]


def member(client: stripe.StripeClient, **facts: Any) -> Any:
    return client.v1.customers.create({"email": "anna@example.org", "name": "Anna", **facts})


def draft(client: stripe.StripeClient, customer: str, *amounts: int, **facts: Any) -> Any:
    """A draft with one line for each amount, each with 21 % of tax on top."""
    invoice = client.v1.invoices.create({"customer": customer, "currency": "eur", **facts})
    lines = [
        {"amount": amount, "description": f"Picks {index}", "tax_amounts": tax(amount * 21 // 100, amount)}
        for index, amount in enumerate(amounts, start=1)
    ]
    return client.v1.invoices.add_lines(invoice.id, {"lines": lines}) if lines else invoice


def opened(client: stripe.StripeClient, customer: str, *amounts: int, **facts: Any) -> Any:
    return client.v1.invoices.finalize_invoice(draft(client, customer, *amounts, **facts).id)
