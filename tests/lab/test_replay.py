"""`manage.py replay` on a market of three sellers: what its report says is what the books say."""

from __future__ import annotations

import csv
import gzip
import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from coop.models import Member
from fulfillment.models import Activity, Kind, Order, OrderLine, PickTask, Shipment
from lab.replay import olist

ROOT = Path(__file__).resolve().parents[2]
SELLERS = ("potter", "weaver", "roaster")
DAYS = ("2017-09-18", "2017-09-19", "2017-09-20")
ORDERS_A_DAY = 4


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """The files of a market as Olist has them: each seller sells two products, every fourth order wants both."""
    _write(
        tmp_path / "order_items_to_2017.csv.gz",
        "order_id order_item_id product_id seller_id shipping_limit_date price freight_value",
        [
            [f"{day}-{seller}-{n}", str(item), f"{seller}-{item}", seller, f"{day} 09:45:35", "58.9", "13.29"]
            for day in DAYS
            for seller in SELLERS
            for n in range(ORDERS_A_DAY)
            for item in range(1, 3 if n == 0 else 2)
        ],
    )
    _write(
        tmp_path / "customer_places.csv.gz",
        "customer_zip_code_prefix customer_city customer_state",
        [["14409", "franca", "SP"]] * (len(DAYS) * len(SELLERS) * ORDERS_A_DAY),
    )
    _write(
        tmp_path / "products.csv.gz",
        "product_id product_category_name product_weight_g product_length_cm product_height_cm product_width_cm",
        [
            [f"{seller}-{n}", "cool_stuff", "300.0", "20.0", "8.0", "15.0"]
            for seller in SELLERS
            for n in (1, 2)
        ],
    )
    _write(
        tmp_path / "sellers.csv.gz",
        "seller_id seller_zip_code_prefix seller_city seller_state",
        [[seller, "1001", "sao paulo", "SP"] for seller in SELLERS],
    )
    _write(
        tmp_path / "zip_coordinates.csv.gz",
        "geolocation_zip_code_prefix geolocation_lat geolocation_lng geolocation_city geolocation_state",
        [
            ["1001", "-23.55", "-46.63", "sao paulo", "SP"],
            ["14409", "-20.53", "-47.40", "franca", "SP"],
        ],
    )
    return tmp_path


def _write(file: Path, headers: str, rows: Iterable[Sequence[str]]) -> None:
    with gzip.open(file, "wt", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([headers.split(), *rows])


def _told(report: str) -> dict[str, int]:
    """The report's figures by their names."""
    found = re.findall(r"^ *([\d,]+) ([a-z][\w ]+)$", report, re.M | re.I)
    return {name: int(figure.replace(",", "")) for figure, name in found}


@pytest.mark.slow
def test_the_report_says_what_the_books_say(
    market: Path, fresh_db: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many stops are short: lines are promised stock and never picked, and later ones find none.
    monkeypatch.setattr(olist, "SHORT_CHANCE", 0.3)
    call_command("replay", "olist", market)
    told = _told(capsys.readouterr().out)
    lines = OrderLine.objects.count()
    assert lines == len(DAYS) * len(SELLERS) * (ORDERS_A_DAY + 1)
    assert told["lines allocated"] == OrderLine.objects.exclude(allocations=None).count()
    assert lines > told["lines allocated"] >= told["lines picked"] > 0
    assert told["lines picked"] == Activity.objects.filter(kind=Kind.PICK).count()
    assert told["lines short"] == PickTask.objects.filter(state="short").count() > 0
    assert told["orders in"] == Order.objects.count()
    assert told["parcels shipped"] == Shipment.objects.filter(state="shipped").count()
    assert told["members"] == Member.objects.count() == len(SELLERS)


def test_a_replay_wants_no_members_yet(market: Path, fresh_db: str) -> None:
    Member.objects.create(
        slug="there", name="There", trade="potter", email="there@example.com", legal_name="There GmbH",
        street="Weserstraße 1", postcode="12047", city="Berlin",
    )  # fmt: skip
    with pytest.raises(CommandError, match="empty database"):
        call_command("replay", "olist", market)


def _documented() -> list[list[str]]:
    """The commands by which the reference comes to a replay, one after the other."""
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()
    section = page.partition("\n## An empty database\n")[2].partition("\n## ")[0]
    return [shlex.split(line) for line in re.findall(r"^\$ (.+)$", section, re.M)]


@pytest.mark.slow
def test_the_documented_way_leads_from_nothing_to_a_replay(market: Path, server_home: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_URL")} | {
        "DJANGO_SETTINGS_MODULE": "coop.settings",
        "COMMONSHELF_DEMO": "1",
        # As it is told there: a folder seen from ours.
        "COMMONSHELF_VAR": os.path.relpath(server_home, ROOT),
    }
    *way, stop = _documented()
    try:
        for command in way:
            told = [str(market) if word == "folder" else word for word in command]
            done = subprocess.run(
                told, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    finally:
        subprocess.run(stop, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert "replay" in way[-1]
    assert "Every proof of the audit holds." in done.stdout
