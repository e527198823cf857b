"""Killed at every named point of rating and issuing: each activity charged once, numbers whole, totals as the oracle's.

Each point is visited with CRASH_SEEDS seeds: 2, and 20 for `make crash`. The worker is killed there (SIGKILL), started again and killed again by its dice,
until it ends by itself; then everything is counted against plain Python. Two wrong designs, which hold their marks and
their numbers in a transaction of their own, go through the same mill and must not come out clean.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from billing.charges.services import rate_activities
from billing.invoices.services import draft_invoices
from billing.models import Charge, Invoice, JournalEntry, Posting
from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.runtime.audit import proofs
from fulfillment.activity.services import Work, record
from fulfillment.models import Activity
from tests.world import PRICES, make_issuer, make_member, make_node, make_rate_card

SEEDS = range(int(os.environ.get("CRASH_SEEDS", "2")))
ROOT = Path(__file__).resolve().parents[2]
CENT = Decimal("0.01")


class Workers:
    """The process that forks the workers."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.billing_workers"],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def run(self, **order: object) -> list[int]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: list[int] = json.loads(self._answer())
        return answer

    def until_done(self, *, failpoint: str, seed: int, **order: object) -> int:
        """Run and kill, until every worker ends by itself. Returns how many were killed: at least one."""
        kills = 0
        for attempt in range(60):
            # The first try dies for certain, so that every seed visits the point.
            probability = 1 if attempt == 0 else 0.25
            ends = self.run(failpoint=f"{failpoint}:{probability}:{seed}-{attempt}", **order)
            assert set(ends) <= {0, -signal.SIGKILL}, ends
            kills += ends.count(-signal.SIGKILL)
            if not any(ends):
                assert kills
                return kills
        raise AssertionError(f"{failpoint} seed {seed} never ended")

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)

    def _answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    started = Workers()
    yield started
    started.close()


@pytest.fixture
def world(fresh_db):
    make_issuer()
    make_rate_card(valid_from=dt.date(2020, 1, 1))
    members = [make_member(slug=f"m{n}") for n in range(2)]
    return members, [make_node(bins=0), make_node(bins=0)]


def _work(world, seed: int, count: int, month: dt.date) -> None:
    dice, (members, nodes) = random.Random(seed), world
    with transaction.atomic():
        record(
            [
                Work(
                    kind=dice.choice(list(PRICES)),
                    member_id=dice.choice(members).pk,
                    node=dice.choice(nodes),
                    quantity=dice.randint(1, 9),
                    source_type="test",
                    source_id=uuid7(),
                    day=month.replace(day=dice.randint(1, 28)),
                )
                for _ in range(count)
            ]
        )


def _month(seed: int) -> dt.date:
    return dt.date(2024 + seed // 12, seed % 12 + 1, 1)


# --- rating -----------------------------------------------------------------------------------------------------


def _rating_faults() -> list[str]:
    """What is wrong with the charges, counted by hand."""
    faults = []
    charged = Counter(Charge.objects.values_list("activity_id", flat=True))
    for activity in Activity.objects.all():
        if charged[activity.pk] != 1:
            faults.append(f"{activity.pk} is charged {charged[activity.pk]} times")
    expected = sum(Decimal(PRICES[a.kind]) * a.quantity for a in Activity.objects.all())
    total = sum(Charge.objects.values_list("amount", flat=True))
    if total != expected:
        faults.append(f"charged {total}, worked {expected}")
    return faults


@pytest.mark.parametrize("point", ["read", "written", "committed"])
def test_rating_killed_at(point, fresh_db, world, workers):
    kills = 0
    for seed in SEEDS:
        _work(world, seed, 20, _month(seed))
        # Two at once on every second seed: a crash must not depend on being alone.
        kills += workers.until_done(
            failpoint=f"billing.rating.{point}",
            seed=seed,
            database=fresh_db,
            work="rate",
            workers=1 + seed % 2,
        )
    print(f"billing.rating.{point}: {kills} kills, {Activity.objects.count()} activities")
    assert kills >= len(SEEDS)
    assert _rating_faults() == []


def test_a_rater_with_two_transactions_doubles_when_killed_between(fresh_db, world, workers):
    _as_owner(
        "ALTER TABLE billing_charge DROP CONSTRAINT billing_charge_activity_id_key",
        "CREATE TABLE rated_mark (activity_id uuid PRIMARY KEY)",
        "GRANT SELECT, INSERT ON rated_mark TO PUBLIC",
    )
    for seed in range(5):
        _work(world, seed, 20, _month(seed))
        workers.until_done(
            failpoint="billing.rating.written", seed=seed, database=fresh_db, work="rate wrong"
        )
    assert any("charged 2 times" in fault or "charged 3 times" in fault for fault in _rating_faults())


# --- issuing ----------------------------------------------------------------------------------------------------


def _drafts(world, seed: int) -> dict[str, str]:
    """Work of a month, rated and drawn; what the workers are told."""
    month = _month(seed)
    _work(world, seed, 30, month)
    rate_activities()
    now = dt.datetime(month.year, month.month, 28, 12, tzinfo=dt.UTC)
    with clock.at(now):
        assert draft_invoices(month=month)
    return {"month": month.isoformat(), "now": now.isoformat()}


def _issuing_faults() -> list[str]:
    """What is wrong with the invoices, counted by hand from the work."""
    faults = []
    for year in (2024, 2025):
        numbers = sorted(
            str(number)
            for number in Invoice.objects.filter(issued_on__year=year).values_list("number", flat=True)
        )
        whole = [f"CS-{year}-{n:05d}" for n in range(1, len(numbers) + 1)]
        if numbers != whole:
            faults.append(f"{year}: numbers {numbers} instead of {whole}")
    expected = _expected_totals()
    found = {(i.member_id, i.period_start): i.gross_amount for i in Invoice.objects.filter(state="issued")}
    if found != expected:
        faults.append("totals are not the oracle's")
    if sum(Posting.objects.filter(account__kind="receivable").values_list("amount", flat=True)) != sum(
        expected.values()
    ):
        faults.append("the books do not say what the invoices say")
    if JournalEntry.objects.count() != len(found):
        faults.append("an invoice is booked twice or not at all")
    return faults


def _expected_totals() -> dict[tuple[object, dt.date], Decimal]:
    groups: dict[tuple[object, dt.date], Counter] = defaultdict(Counter)
    for a in Activity.objects.all():
        groups[a.member_id, a.day.replace(day=1)][a.node_id, a.kind] += a.quantity
    totals = {}
    for key, lines in groups.items():
        net = sum((Decimal(PRICES[kind]) * n).quantize(CENT, ROUND_HALF_UP) for (_, kind), n in lines.items())
        totals[key] = net + (net * 19 / 100).quantize(CENT, ROUND_HALF_UP)
    return totals


@pytest.mark.parametrize("point", ["numbered", "posted", "committed"])
def test_issuing_killed_at(point, fresh_db, world, workers):
    kills = 0
    for seed in SEEDS:
        told = _drafts(world, seed)
        kills += workers.until_done(
            failpoint=f"billing.issuing.{point}",
            seed=seed,
            database=fresh_db,
            work="issue",
            workers=1 + seed % 2,
            **told,
        )
    print(f"billing.issuing.{point}: {kills} kills, {Invoice.objects.count()} invoices")
    assert kills >= len(SEEDS)
    assert _issuing_faults() == []
    assert [s for p in proofs() if p.room.startswith("billing") for s in p.check()] == []


def test_an_issuer_with_two_transactions_leaves_gaps_when_killed_between(fresh_db, world, workers):
    for seed in range(5):
        told = _drafts(world, seed)
        workers.until_done(
            failpoint="billing.issuing.numbered", seed=seed, database=fresh_db, work="issue wrong", **told
        )
    assert any("numbers" in fault for fault in _issuing_faults())


def _as_owner(*statements: str) -> None:
    owner = connections["owner"]
    with owner.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    owner.close()
    connection.close()
