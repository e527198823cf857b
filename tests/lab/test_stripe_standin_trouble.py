"""The stand-in's trouble on order: lost replies, refusals, webhooks that misbehave, and a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from lab.stripe_standin import API_VERSION, StandIn
from tests.lab.stripe_kit import SECRET, Inbox, client_for, draft, member, opened, until


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Inbox, StandIn]]:
    with (
        Inbox() as inbox,
        StandIn(webhook_url=inbox.url, webhook_secret=SECRET, retry_delays=(0.05, 0.05)) as standin,
    ):
        yield inbox, standin


@pytest.fixture
def standin(servers: tuple[Inbox, StandIn]) -> StandIn:
    inbox, standin = servers
    assert standin.drain()
    standin.reset()
    inbox.events.clear()
    inbox.status = 200
    return standin


@pytest.fixture
def inbox(servers: tuple[Inbox, StandIn], standin: StandIn) -> Inbox:
    return servers[0]


@pytest.fixture
def client(standin: StandIn) -> stripe.StripeClient:
    return client_for(standin.url)


@pytest.mark.parametrize(("kind", "seconds"), [("drop_after", 0.0), ("hang_after", 2.0)])
def test_a_lost_reply_and_a_retry_make_one_object(standin: StandIn, kind: str, seconds: float) -> None:
    standin.fault("POST /v1/customers", kind, seconds=seconds)
    customer = client_for(standin.url, retries=2, timeout=1).v1.customers.create({"email": "a"})
    assert customer.last_response.headers["Idempotent-Replayed"] == "true"
    assert standin.counts()["customer"] == 1


def test_a_retry_under_another_key_makes_two_objects(standin: StandIn, client: stripe.StripeClient) -> None:
    standin.fault("POST /v1/customers", "drop_after")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"email": "a"}, {"idempotency_key": "one"})
    client.v1.customers.create({"email": "a"}, {"idempotency_key": "two"})
    assert standin.counts()["customer"] == 2


@pytest.mark.parametrize("route", ["POST /v1/invoices/*/add_lines", "POST /v1/invoices/{invoice}/add_lines"])
def test_lost_replies_of_add_lines_add_the_lines_once(standin: StandIn, route: str) -> None:
    client = client_for(standin.url, retries=2)
    invoice = draft(client, member(client).id)
    standin.fault(route, "drop_after", times=2)
    invoice = client.v1.invoices.add_lines(invoice.id, {"lines": [{"amount": 7}]})
    assert (invoice.total, standin.counts()["line_item"]) == (7, 1)


def test_a_connection_dropped_before_the_act_makes_nothing(
    standin: StandIn, client: stripe.StripeClient
) -> None:
    standin.fault("POST /v1/customers", "drop_before")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"email": "a"})
    assert "customer" not in standin.counts()


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, stripe.APIError), (503, stripe.APIError), (409, stripe.APIError), (429, stripe.RateLimitError)],
)
def test_refuses_with_the_status_asked_for_then_recovers(
    standin: StandIn, client: stripe.StripeClient, status: int, error: type[stripe.StripeError]
) -> None:
    standin.fault("POST /v1/customers", status=status, times=2)
    for _ in range(2):
        with pytest.raises(error) as refusal:
            client.v1.customers.create({"email": "a"})
        assert refusal.value.http_status == status
    assert "customer" not in standin.counts()
    client.v1.customers.create({"email": "a"})
    assert standin.counts()["customer"] == 1


def test_a_500_is_kept_under_its_key_and_a_503_is_not(standin: StandIn, client: stripe.StripeClient) -> None:
    options: Any = {"idempotency_key": "k500"}
    standin.fault("POST /v1/customers", status=500)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.customers.create({"email": "a"}, options)
    options = {"idempotency_key": "k503"}
    standin.fault("POST /v1/customers", status=503)
    with pytest.raises(stripe.APIError):
        client.v1.customers.create({"email": "a"}, options)
    assert client.v1.customers.create({"email": "a"}, options).email == "a"


@pytest.mark.parametrize(("should_retry", "attempts"), [(False, 1), (True, 3)])
def test_tells_the_library_whether_to_retry(standin: StandIn, should_retry: bool, attempts: int) -> None:
    fault = standin.fault("GET /v1/customers", status=500, times=9, should_retry=should_retry)
    with pytest.raises(stripe.APIError):
        client_for(standin.url, retries=2).v1.customers.list()
    assert fault.hits == attempts


def test_webhooks_come_signed_in_the_order_of_happening(
    standin: StandIn, client: stripe.StripeClient, inbox: Inbox
) -> None:
    invoice = opened(client, member(client).id, 1000)
    standin.act("pay", invoice.id)
    assert standin.drain()
    assert [type_ for type_ in inbox.types if type_.startswith("invoice.")] == [
        "invoice.created",
        "invoice.updated",
        "invoice.updated",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    paid = next(event for event in inbox.events if event.type == "invoice.paid")
    assert (paid.api_version, paid.livemode, paid.data.object.status) == (API_VERSION, False, "paid")
    created = next(event for event in inbox.events if event.type == "invoice.created")
    assert (created.data.object.status, created.data.object.total) == ("draft", 0)
    assert created.request.id.startswith("req_")
    assert client.v1.events.retrieve(paid.id).pending_webhooks == 0
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_a_webhook_is_tried_again_until_it_is_taken_or_given_up(
    standin: StandIn, client: stripe.StripeClient, inbox: Inbox
) -> None:
    inbox.status = 500
    member(client)
    assert standin.drain()
    assert inbox.types == ["customer.created"] * 3
    lost = client.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in lost] == ["customer.created"]
    inbox.status = 200
    standin.sender.resend(lost[0].id)
    assert standin.drain()
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_a_dropped_webhook_is_in_the_list_of_events_alone(
    standin: StandIn, client: stripe.StripeClient, inbox: Inbox
) -> None:
    standin.webhook_switch("drop", types=["invoice.paid"])
    standin.act("pay", opened(client, member(client).id, 1000).id)
    assert standin.drain()
    assert "invoice.paid" not in inbox.types
    missed = client.v1.events.list({"type": "invoice.paid", "delivery_success": False}).data
    assert [event.data.object.status for event in missed] == ["paid"]


def test_webhooks_are_doubled_reversed_and_late_on_order(
    standin: StandIn, client: stripe.StripeClient, inbox: Inbox
) -> None:
    standin.webhook_switch("duplicate", types=["customer.created"])
    standin.webhook_switch("hold", types=["customer.updated", "customer.deleted"], times=2)
    customer = member(client)
    client.v1.customers.update(customer.id, {"name": "B"})
    client.v1.customers.delete(customer.id)
    until(lambda: len(inbox.events) == 4)
    assert inbox.types == ["customer.created"] * 2 + ["customer.deleted", "customer.updated"]
    assert inbox.events[0].id == inbox.events[1].id
    standin.webhook_switch("delay", types=["customer.created"], seconds=0.5)
    late = member(client)
    client.v1.customers.update(late.id, {"name": "C"})
    until(lambda: len(inbox.events) == 6)
    assert inbox.types[4:] == ["customer.updated", "customer.created"]


def test_events_reach_back_thirty_days(standin: StandIn, client: stripe.StripeClient) -> None:
    member(client)
    assert len(client.v1.events.list().data) == 1
    standin.advance(31 * 86400)
    assert client.v1.events.list().data == []


def test_the_control_endpoint_does_what_the_python_side_does(
    standin: StandIn, client: stripe.StripeClient
) -> None:
    def control(name: str, data: dict[str, Any] | None = None) -> Any:
        raw = None if data is None else json.dumps(data).encode()
        with urllib.request.urlopen(f"{standin.url}/_standin/{name}", raw, timeout=5) as answer:  # noqa: S310
            return json.load(answer)["result"]

    assert control("health") == {"ok": True, "api_version": API_VERSION}
    control("faults", {"route": "POST /v1/customers", "status": 503})
    with pytest.raises(stripe.APIError):
        member(client)
    invoice = opened(client, member(client).id, 1000)
    assert control("act", {"act": "pay", "args": [invoice.id]})["status"] == "paid"
    assert control("counts")["invoice"] == 1
    control("reset", {})
    assert control("counts") == {}


def _started(state: Path, port: int = 0) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "lab.stripe_standin", "--port", str(port), "--state", str(state)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, line.split(" on ")[1].split(" ")[0]


def _ended(process: subprocess.Popen[str], number: int) -> int:
    os.kill(process.pid, number)
    code = process.wait(10)
    assert process.stdout is not None
    process.stdout.close()
    return code


def test_objects_and_keys_outlive_a_kill(tmp_path: Path) -> None:
    state, options = tmp_path / "deep" / "stripe.sqlite3", {"idempotency_key": "once"}
    process, url = _started(state)
    first = client_for(url).v1.customers.create({"email": "a"}, options)
    assert _ended(process, signal.SIGKILL) == -signal.SIGKILL
    process, url = _started(state)
    again = client_for(url).v1.customers.create({"email": "a"}, options)
    assert (again.id, again.last_response.headers["Idempotent-Replayed"]) == (first.id, "true")
    assert len(client_for(url).v1.customers.list().data) == 1
    assert _ended(process, signal.SIGTERM) == 0


def test_what_was_not_delivered_is_delivered_after_a_restart(tmp_path: Path) -> None:
    state = str(tmp_path / "stripe.sqlite3")
    with Inbox() as inbox:
        inbox.status = 503
        with StandIn(webhook_url=inbox.url, webhook_secret=SECRET, state=state) as standin:
            member(client_for(standin.url))
            until(lambda: len(inbox.events) == 1)
        inbox.status = 200
        with StandIn(webhook_url=inbox.url, webhook_secret=SECRET, state=state) as standin:
            assert standin.drain()
        assert len({event.id for event in inbox.events}) == 1
        assert len(inbox.events) >= 2


def test_a_taken_port_is_said_in_one_line(standin: StandIn) -> None:
    command = [sys.executable, "-m", "lab.stripe_standin", "--port", str(standin.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith("The Stripe stand-in cannot listen")
    assert done.stderr.count("\n") == 1
