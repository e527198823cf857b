"""The contracts of floors and rooms catch what they are there to catch: each deliberate breach, in a copy of the house."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

Breach = Callable[[str, str], None]


@pytest.fixture(scope="module")
def _copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = tmp_path_factory.mktemp("house")
    for floor in ("coop", "fulfillment", "billing", "lab"):
        shutil.copytree(ROOT / floor, house / floor, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", house)
    return house


@pytest.fixture
def house(_copy: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the house; what a test adds to a file is taken out again."""
    return _copy


@pytest.fixture
def add(house: Path, request: pytest.FixtureRequest) -> Breach:
    """Add lines to the end of a file of the copy."""

    def write(path: str, lines: str) -> None:
        file = house / path
        before = file.read_text() if file.exists() else None
        file.write_text((before or "") + lines)
        request.addfinalizer(lambda: file.write_text(before) if before is not None else file.unlink())

    return write


def imports(house: Path) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "lint-imports"), "--no-cache", "--config", str(house / "pyproject.toml")]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)


def rooms(house: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "check_rooms.py"), str(house)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_house_as_it_is_keeps_every_contract(house: Path) -> None:
    told = imports(house)
    assert told.returncode == 0, told.stdout
    told = rooms(house)
    assert told.returncode == 0, told.stdout


UPWARDS = [
    ("coop/nodes/geo.py", "from billing.ledger import chart", "coop is not allowed to import billing"),
    (
        "coop/nodes/hours.py",
        "from coop.members import doors",
        "coop.nodes is not allowed to import coop.members",
    ),
    (
        "coop/kernel/ids.py",
        "from coop.runtime import outbox",
        "coop.kernel is not allowed to import coop.runtime",
    ),
    (
        "fulfillment/inventory/errors.py",
        "from fulfillment.orders import errors",
        "fulfillment.inventory is not allowed to import fulfillment.orders",
    ),
    (
        "billing/rates/errors.py",
        "from billing.charges import rating",
        "billing.rates is not allowed to import billing.charges",
    ),
    (
        "billing/charges/rating.py",
        "from billing.models import Rate",
        "billing.charges is not allowed to import billing.models",
    ),
]


def test_imports_upwards_fail(house: Path, add: Breach) -> None:
    for path, line, _ in UPWARDS:
        add(path, f"\n{line}\n")
    told = imports(house)
    assert told.returncode == 1
    words = " ".join(told.stdout.split())
    missed = [said for _, _, said in UPWARDS if said not in words]
    assert not missed, words


def test_a_room_that_stands_in_no_contract_fails(house: Path, add: Breach) -> None:
    add("coop/attic.py", '"""A room nobody has placed."""\n')
    told = imports(house)
    assert told.returncode == 1
    assert "coop.attic" in told.stdout


UNSEEN = [
    (
        "coop/nodes/models.py",
        'class Patron(models.Model):\n    member = models.ForeignKey("coop.Member", on_delete=models.CASCADE)\n',
        "a foreign key of coop.nodes to coop.Member, which is coop.members's, above it",
    ),
    (
        "fulfillment/inventory/models.py",
        'class Wish(models.Model):\n    order = models.OneToOneField("Order", on_delete=models.CASCADE)\n',
        "a foreign key of fulfillment.inventory to Order, which is fulfillment.orders's, above it",
    ),
    (
        "fulfillment/inventory/reads.py",
        'SQL = "SELECT count(*) FROM fulfillment_order"\n',
        "fulfillment.inventory names the table fulfillment_order of fulfillment.orders, above it",
    ),
    (
        "fulfillment/orders/reads.py",
        'SQL = "UPDATE fulfillment_stock SET on_hand = 0"\n',
        "fulfillment.orders writes fulfillment_stock, a table of fulfillment.inventory",
    ),
    (
        "billing/payments/params.py",
        "def lose(number: str) -> None:\n    Invoice.objects.filter(number=number).update(number=None)\n",
        "billing.payments writes Invoice, a table of billing.invoices",
    ),
    (
        "fulfillment/orders/reads.py",
        'TASK = "billing.charges.rate_new_work"\n',
        "fulfillment.orders names the task billing.charges.rate_new_work of billing.charges, above it",
    ),
    (
        "billing/ledger/chart.py",
        'TOPIC = "stripe.invoice"\n',
        "billing.ledger names the topic stripe.invoice of billing.payments, above it",
    ),
]


def test_what_import_tools_cannot_see_fails(house: Path, add: Breach) -> None:
    for path, lines, _ in UNSEEN:
        add(path, f"\n\n{lines}")
    told = rooms(house)
    assert told.returncode == 1
    missed = [said for _, _, said in UNSEEN if said not in told.stdout]
    assert not missed, told.stdout
    # Each breach is one line of it, and what was not done is not complained of.
    assert len(told.stdout.splitlines()) == len(UNSEEN), told.stdout


def test_looking_down_is_allowed(house: Path, add: Breach) -> None:
    add("fulfillment/orders/reads.py", '\n\nSQL = "SELECT count(*) FROM fulfillment_stock"\n')
    add("billing/payments/params.py", '\n\nTASK = "billing.charges.rate_new_work"\n')
    assert rooms(house).returncode == 0
