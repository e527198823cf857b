"""The burst of a drop: 2,000 pieces opened to 10,000 buyers through REST, on the web server as it is run."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import get_context
from statistics import quantiles
from uuid import UUID

from django.db import connections
from django.db.models import Sum

from coop.kernel import clock
from coop.members.services import create_api_key
from coop.models import Bin, Member, Node, Sku
from coop.nodes.services import lay_out_bins, set_opening_hours
from fulfillment.capacity.services import open_pool
from fulfillment.drops.services import LegInput, announce_goods, note_arrivals, save_cycle, schedule_drop
from fulfillment.inventory.services import Receiving, Stow, close_asn, put_away, receive
from fulfillment.models import CycleRun, Drop, DropSale
from lab.benchmarks import ground
from lab.benchmarks.buyers import CONNECTIONS_EACH, Answer, ask_all
from lab.benchmarks.registry import Result, benchmark
from lab.benchmarks.sizes import sizes
from lab.benchmarks.webserver import serving

BUYERS = sizes("drop", "buyers", (1000, 2500, 5000, 10_000), "buyers of each drop, one drop after the other")
# One piece for every fifth buyer.
SHARE = 5
PROCESSES = 4


@benchmark("drop")
def drop() -> Result:
    """Pieces of a drop sold through the web server to five times as many buyers, of whom those who are late must be told
    "sold out", against the same key asking for an empty list."""
    member = ground.member()
    _, token = create_api_key(member=member, name="shop", by=None)
    with serving() as port:
        _storm(port, token, 200, "/api/v1/drops/?state=settled", None)  # its workers wake up
        paces = []
        for buyers in BUYERS:
            told = _live_drop(member, buyers // SHARE)
            answers, spent = _storm(port, token, buyers, f"/api/v1/drops/{told.pk}/orders/", "GLAZE")
            _must_be_right(told.pk, buyers, answers)
            paces.append(spent / buyers)
            _report(f"{buyers:,} buyers", answers, spent)
        asked, spent_idle = _storm(port, token, buyers, "/api/v1/drops/?state=settled", None)
        _report("nothing to list", asked, spent_idle)
    sys.stderr.write(
        f"  a buyer among {BUYERS[-1]:,} takes {paces[-1] / paces[0]:.2f} times one among {BUYERS[0]:,}\n"
    )
    return Result(
        "drop", buyers / spent, buyers / spent_idle, 0.2, "buyers/s",
        f"{buyers // SHARE:,} pieces to {buyers:,} buyers, p99 {_p99(answers) * 1000:.0f} ms, "
        f"{PROCESSES * CONNECTIONS_EACH} connections",
        f"the same key asking for an empty list, p99 {_p99(asked) * 1000:.0f} ms",
    )  # fmt: skip


def _must_be_right(pk: UUID, buyers: int, answers: Sequence[Answer]) -> None:
    kinds, pieces = Counter(kind for kind, _ in answers), buyers // SHARE
    sold = DropSale.objects.filter(drop=pk).aggregate(n=Sum("pieces"))["n"]
    if kinds != {"201": pieces, "409 sold_out": buyers - pieces} or sold != pieces:
        raise RuntimeError(f"{dict(kinds)}; sold {sold} of {pieces}")


def _live_drop(member: Member, pieces: int) -> Drop:
    """A drop whose goods have been received and whose time has come, made through the services three weeks ago."""
    long_ago = clock.now() - dt.timedelta(days=21)
    with clock.at(long_ago):
        node = ground.node()
        week = {weekday: (dt.time(8), dt.time(18)) for weekday in range(7)}
        set_opening_hours(node=node, hours=week, by=None)
        lay_out_bins(node=node, zone=node.zones.get(code="A"), aisles=1, bays=2, levels=1, by=None)
        sku, _ = Sku.objects.get_or_create(
            member=member, code="GLAZE",
            defaults={"title": "Mug", "length_mm": 90, "width_mm": 90, "height_mm": 90, "weight_g": 300, "value_amount": 20},
        )  # fmt: skip
        run = _run(node, pieces)
        told = schedule_drop(
            member=member,
            title=f"{pieces} mugs",
            legs=[LegInput(run, [(sku, pieces)])],
            opens_at=run.available_from,
        )
        [leg] = told.legs.all()
        asn = announce_goods(drop=told, leg=leg)
    with clock.at(run.dock_from):
        [line] = asn.lines.all()
        shelf = Bin.objects.filter(node=node, kind=Bin.Kind.SHELF)[0]
        receive(asn=asn, receipts=[Receiving(line.pk, pieces)])
        put_away(asn=asn, stows=[Stow(line.pk, shelf.pk, pieces)])
        asn.refresh_from_db()
        close_asn(asn=asn)
        note_arrivals(drop=told)
    return told


def _run(node: Node, pieces: int) -> CycleRun:
    open_pool(node=node, slots=pieces, storage_class="ambient")
    open_pool(node=node, kind="dock", slots=4, opens_at=dt.time(8), closes_at=dt.time(12))
    open_pool(node=node, kind="picks", slots=2 * pieces)
    save_cycle(
        node=node, name="Tuesdays", rrule="FREQ=WEEKLY;BYDAY=TU", starts_on=clock.today(node.timezone),
        dock_opens=dt.time(8), dock_closes=dt.time(12),
    )  # fmt: skip
    ahead = CycleRun.objects.filter(cycle__node=node, announce_by__gt=clock.now()).select_related(
        "cycle__node"
    )
    return ahead.order_by("dock_from")[0]


def _storm(port: int, token: str, buyers: int, path: str, sku: str | None) -> tuple[list[Answer], float]:
    """Every buyer asks once, from processes with several connections each. Answers, and seconds for all of them."""
    connections.close_all()
    # Not forked: threads and their locks would come along.
    with get_context("spawn").Pool(PROCESSES) as crowd:
        shares = [range(n, buyers, PROCESSES) for n in range(PROCESSES)]
        crowd.map(len, shares)
        began = time.perf_counter()
        answers = crowd.starmap(ask_all, [(port, token, share, path, sku) for share in shares], chunksize=1)
        spent = time.perf_counter() - began
    return [answer for part in answers for answer in part], spent


def _p99(answers: Sequence[Answer]) -> float:
    return quantiles((spent for _, spent in answers), n=100)[-1]


def _report(what: str, answers: Sequence[Answer], spent: float) -> None:
    kinds = ", ".join(f"{kind}: {n}" for kind, n in sorted(Counter(kind for kind, _ in answers).items()))
    sys.stderr.write(
        f"  {what}: {spent:.1f} s, {len(answers) / spent:.0f}/s, p99 {_p99(answers) * 1000:.0f} ms; {kinds}\n"
    )
