"""Killed anywhere on the way to Stripe, with Stripe in trouble besides: one invoice there for each of ours, to the cent.

Each round is a forked worker that dies (SIGKILL) at a named fail-point by the dice of its seed, again and again; the
stand-in is a process of its own with its state in a file. A wrong variant (random keys, no look at what is there)
goes through the same rounds and must fail the same check.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from django.db import connections
from django.test import override_settings

from billing.invoices.models import Invoice
from billing.ledger.models import JournalEntry
from billing.payments import params, stripe_gateway
from billing.payments import proofs as room
from billing.payments.models import Payment
from billing.payments.services import apply_events, compare_with_stripe, pushing
from billing.payments.tasks import push_invoice
from coop.kernel import clock
from coop.kernel.money import to_minor
from coop.runtime import failpoints, outbox
from coop.runtime.models import OutboxMessage
from tests.billing.payments_kit import invoice_event, make_invoice, send
from tests.world import make_member

SEEDS = int(os.environ.get("CRASH_SEEDS", "2"))
POINTS = [
    "billing.pushing.customer",
    "billing.pushing.drafted",
    "billing.pushing.lined",
    "billing.pushing.finalized",
    "billing.pushing.stored",
    "coop.outbox.called",
    "coop.outbox.marked",
]
# (route, fault): a lost reply, a refusal that is kept, a busy object, too many requests, time-outs, a dead line.
ROUTES = ["customers", "invoices", "invoices/*/add_lines", "invoices/*/finalize"]
TROUBLE: list[dict[str, Any]] = [
    {"kind": "drop_after", "times": 3},
    {"kind": "status", "status": 500, "times": 1},
    {"kind": "status", "status": 409, "times": 3},
    {"kind": "status", "status": 429, "times": 1},
    {"kind": "hang_after", "seconds": 0.4, "times": 1},
    {"kind": "slow", "seconds": 0.4, "times": 1},
    {"kind": "drop_before", "times": 3},
]
INVOICES = 3


class Remote:
    """The stand-in in its own process, by its switchboard."""

    def __init__(self, state: Path) -> None:
        command = [sys.executable, "-m", "lab.stripe_standin", "--port", "0", "--state", str(state)]
        self._process = subprocess.Popen([*command, "--with-parent"], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split(" on ")[1].split(" ")[0]

    def switch(self, name: str, **data: Any) -> Any:
        raw = json.dumps(data).encode()
        with urllib.request.urlopen(f"{self.url}/_standin/{name}", raw, timeout=5) as answer:  # noqa: S310
            return json.load(answer)["result"]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    standin = Remote(tmp_path_factory.mktemp("stripe") / "state.sqlite3")
    patch = pytest.MonkeyPatch()
    patch.setattr(stripe._http_client.HTTPClient, "INITIAL_DELAY", 0.01)
    patch.setattr(stripe_gateway, "TIMEOUT", (1.0, 0.25))
    try:
        with override_settings(STRIPE_API_BASE=standin.url, STRIPE_SECRET_KEY="sk_test_standin"):
            # What a process loads once is loaded before it is forked, not in every fork.
            outbox.topics()
            list(stripe_gateway.list_invoices())
            yield standin
    finally:
        patch.undo()
        stripe_gateway._client_for.cache_clear()
        standin.stop()


def in_a_fork(work: Callable[[], Any], armed: str = "") -> bool:
    """Do `work` in a forked process with a fail-point armed. Whether it lived to the end."""
    # Neither the database's nor Stripe's connection may be shared with the child.
    connections.close_all()
    stripe_gateway._client_for.cache_clear()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.environ["COMMONSHELF_FAILPOINT"] = armed
            work()
            connections.close_all()
            code = 0
        except BaseException:
            # The parent sees only the exit status; what went wrong has to be said here.
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def deliver_all() -> None:
    """What the schedule does over the next hours: every message that waits, until none is left or nothing helps."""
    for _ in range(8):
        waiting = OutboxMessage.objects.filter(topic="stripe.invoice", state="pending")
        if not waiting.update(next_attempt_at=clock.now()):
            return
        outbox.deliver_due(topic="stripe.invoice")


def one_round(remote: Remote, point: str, seed: int) -> int:
    """A few invoices of two members, workers that die at `point`, and one kind of trouble. Returns how many died."""
    dice = random.Random(f"{point}:{seed}")
    members = [make_member(), make_member()]
    for number in range(INVOICES):
        net = f"{dice.randint(1, 90_000) / 100:.2f}"
        make_invoice(member=members[number % 2], nets=(net, "0.01", "33.33"))
    if seed % 3:
        remote.switch("faults", route=f"POST /v1/{dice.choice(ROUTES)}", **dice.choice(TROUBLE))
    deaths = 0
    for life in range(3):
        # The first life dies at the first chance, so that every seed has a death; later ones by the dice.
        chance = "1" if life == 0 else f"0.5:{seed * 10 + life}"
        deaths += not in_a_fork(deliver_all, f"{point}:{chance}")
        if dice.random() < 0.5:
            remote.switch("age_keys", hours=25)
    assert in_a_fork(deliver_all)
    return deaths


def wrongs() -> list[str]:
    """What is not as it must be after all of it, with Stripe as the oracle."""
    theirs = list(stripe_gateway.list_invoices())
    of = Counter(one.ours for one in theirs)
    by_id = {one.id: one for one in theirs}
    found = []
    for invoice in Invoice.objects.select_related("collection"):
        if of[str(invoice.pk)] != 1:
            found.append(f"{invoice.number} is {of[str(invoice.pk)]} times at Stripe")
        ours = invoice.collection
        there = by_id.get(ours.stripe_id)
        if there is None or there.status != "open" or ours.state != "open":
            found.append(f"{invoice.number} is {ours.state} with {ours.stripe_id or 'nothing'}")
        elif there.total != to_minor(invoice.gross_amount, "EUR"):
            found.append(f"{invoice.number} is of {there.total} at Stripe")
    customers = [c.email for c in stripe_gateway._client().v1.customers.list({"limit": 100})]
    found += [f"{email} is {n} customers" for email, n in Counter(customers).items() if n != 1]
    unsent = OutboxMessage.objects.filter(topic="stripe.invoice").exclude(state="sent")
    found += [f"{one.key}: {one.state} {one.last_error}" for one in unsent]
    found += [f"{one.about}: {one.problem}" for one in compare_with_stripe()]
    return found


def test_every_point_of_pushing_is_visited() -> None:
    declared = [
        name for name in failpoints.declared() if name.startswith(("billing.pushing.", "coop.outbox."))
    ]
    assert sorted(POINTS) == declared
    assert push_invoice is outbox._handlers["stripe.invoice"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_there_is_one_invoice_at_stripe_for_each_of_ours(
    fresh_db: str, remote: Remote, point: str
) -> None:
    remote.switch("reset")
    deaths = sum(one_round(remote, point, seed) for seed in range(SEEDS))
    assert wrongs() == []
    assert Invoice.objects.count() == SEEDS * INVOICES
    assert deaths >= SEEDS
    connections.close_all()


@pytest.mark.parametrize("without", ["nothing", "keys", "looks", "both"])
def test_each_half_of_the_protocol_is_needed(
    fresh_db: str, remote: Remote, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    """The negative controls: random keys double what is still under way, and without a look old losses are doubled.

    Stripe's own refusal of a second invoice with our number is left out of it, so that the doubles show.
    """
    remote.switch("reset")
    whole = params.draft_params
    monkeypatch.setattr(
        params, "draft_params", lambda *a: {k: v for k, v in whole(*a).items() if k != "number"}
    )
    monkeypatch.setattr(pushing, "_compare", lambda *_: None)
    if without in ("keys", "both"):
        monkeypatch.setattr(pushing, "key_of", lambda *_: str(uuid.uuid4()))
    if without in ("looks", "both"):
        monkeypatch.setattr(stripe_gateway, "find_invoices", lambda **_: [])
    make_invoice()
    assert not in_a_fork(deliver_all, "billing.pushing.drafted")
    remote.switch("age_keys", hours=25)
    make_invoice()
    remote.switch("faults", route="POST /v1/invoices", kind="slow", seconds=1.0)
    for _ in range(2):
        assert in_a_fork(deliver_all)
        time.sleep(1.1)
    doubled = [sentence for sentence in wrongs() if "times at Stripe" in sentence]
    assert bool(doubled) == (without != "nothing")
    connections.close_all()


def test_a_payment_told_to_a_worker_that_dies_is_booked_once(fresh_db: str, remote: Remote) -> None:
    remote.switch("reset")
    invoice = make_invoice()
    assert in_a_fork(deliver_all)
    invoice.refresh_from_db()
    remote.switch("act", act="pay", args=[invoice.collection.stripe_id])
    for type_ in ("invoice.paid", "invoice.updated"):
        assert send(invoice_event(type_, invoice.collection.stripe_id)).status_code == 200
    assert not in_a_fork(apply_events, "billing.paying.booked")
    assert not Payment.objects.exists()
    assert in_a_fork(apply_events)
    invoice.refresh_from_db()
    assert invoice.collection.state == "paid"
    assert (Payment.objects.count(), JournalEntry.objects.filter(kind="payment").count()) == (1, 1)
    assert list(room.payments_are_posted()) == list(room.paid_invoices_are_paid()) == []
    connections.close_all()
