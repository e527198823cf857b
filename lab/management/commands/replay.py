from __future__ import annotations

import cProfile
import pstats
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.models import Sum
from tqdm import tqdm

from billing.models import Charge, Invoice
from coop.models import Member
from lab.replay.olist import Floor, live_through, open_coop, read_market
from lab.shift import count_allocated

# What a stage's rate is counted in.
RATES = {
    "members and SKUs": "SKUs",
    "receive and put away": "inbound shipments",
    "import orders": "orders in",
    "pick": "lines picked",
    "pack and ship": "parcels shipped",
    "rate": "charges",
    "invoice": "invoices",
}


class Command(BaseCommand):
    help = "Walk a real marketplace's orders through the house, day by day (wants an empty database)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("market", choices=["olist"])
        parser.add_argument("folder", type=Path, help="the folder with the data's files")
        parser.add_argument("--orders", type=int, help="stop after so many orders")
        parser.add_argument("--profile", type=Path, help="write a cProfile of the run to this file")

    def handle(
        self, *args: Any, folder: Path, orders: int | None, profile: Path | None, **options: Any
    ) -> None:
        if Member.objects.exists():
            raise CommandError("There are members already; a replay wants an empty database.")
        profiler = cProfile.Profile()
        if profile:
            profiler.enable()
        began = perf_counter()
        floor = self._replay(folder, orders)
        spent = perf_counter() - began
        if profile:
            profiler.disable()
            pstats.Stats(profiler).dump_stats(profile)
        self._report(floor, spent)
        call_command("audit", quiet=True)
        self.stdout.write("Every proof of the audit holds.")

    def _replay(self, folder: Path, orders: int | None) -> Floor:
        with connection.cursor() as cursor:
            # A replay that dies is begun anew, so nothing is lost by not waiting for the disk at every commit.
            cursor.execute("SET synchronous_commit TO off")
        market = read_market(folder, most_orders=orders)
        floor = Floor()
        total = sum(len(rows) for day in market.lines.values() for rows in day.values())
        with tqdm(total=total, desc="order lines", file=sys.stderr, mininterval=1) as bar:
            bar.set_postfix_str("members and SKUs")
            open_coop(market, floor)
            for day, lines in live_through(market, floor):
                bar.set_postfix_str(str(day), refresh=False)
                bar.update(lines)
        return floor

    def _report(self, floor: Floor, spent: float) -> None:
        count_allocated(floor.tally)
        counts, seconds = floor.tally.counts, floor.tally.seconds
        for name, count in counts.items():
            self.stdout.write(f"{count:>10,} {name}")
        billed = Invoice.objects.filter(state="issued").aggregate(
            net=Sum("net_amount"), gross=Sum("gross_amount")
        )
        self.stdout.write(f"{Charge.objects.count():>10,} charges in the books")
        self.stdout.write(f"{billed['net'] or 0:>10,} EUR billed net, {billed['gross'] or 0:,} gross")
        self.stdout.write(f"\n{spent:,.0f} s in all, of which")
        for stage, took in sorted(seconds.items(), key=lambda item: -item[1]):
            per = RATES.get(stage)
            rate = f"  {counts.get(per, 0) / took:>8,.0f} {per}/s" if per and took else ""
            self.stdout.write(f"{took:>10,.1f} s  {stage}{rate}")
