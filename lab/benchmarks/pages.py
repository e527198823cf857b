"""A list page far down against the first one."""

from __future__ import annotations

from statistics import median
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest
from django.test import Client

from coop.kernel.paging import keyset
from coop.members.services import create_api_key
from coop.models import Member
from fulfillment.models import Order
from lab.benchmarks.registry import Result, benchmark, seconds
from lab.benchmarks.sizes import size
from lab.worlds import large_lists
from lab.worlds.kept import World
from lab.worlds.lists import OWNER

ROWS = size("page-deep", "rows", 80_000, "orders of the member")
DEPTH = size("page-deep", "depth", 70_000, "rows before the deep page")
TURNS = size("page-deep", "turns", 40, "times that each page is asked for, in turn; the median counts")
ADDRESS = "/api/v1/orders/"


@benchmark("page-deep", needs=World("lists", large_lists, {"rows": ROWS}))
def page_deep() -> Result:
    """A page of a member's orders by the API 70,000 rows down, against the first page of the same list, in turn."""
    member = Member.objects.get(slug=OWNER)
    _, token = create_api_key(member=member, name="shop", by=None)
    client = Client(headers={"Authorization": f"Bearer {token}"}, SERVER_NAME="localhost")
    deep = f"{ADDRESS}?after={_cursor(member, DEPTH)}"
    _must_lie_there(client, deep)
    times: dict[str, list[float]] = {ADDRESS: [], deep: []}
    for _ in range(TURNS):
        for address, taken in times.items():
            taken.append(seconds(lambda address=address: client.get(address)) * 1000)  # type: ignore[misc]
    return Result(
        "page-deep", median(times[deep]), median(times[ADDRESS]), 2, "ms",
        f"50 of {ROWS:,} orders, after {DEPTH:,} others", "the first 50", at_most=True,
    )  # fmt: skip


def _cursor(member: Member, depth: int) -> str:
    """The pager's own mark of the row at that depth: of a page of one row that is followed by another."""
    rows = Order.objects.filter(member=member)
    two = rows.order_by("-placed_at", "-id").values("pk")[depth - 1 : depth + 1]
    request = HttpRequest()
    request.method = "GET"
    page = keyset(
        request, rows.filter(pk__in=[row["pk"] for row in two]), order=("-placed_at", "-id"), size=1
    )
    if page.next_url is None:
        raise RuntimeError(f"the list is not {depth:,} rows long")
    return parse_qs(urlsplit(page.next_url).query)["after"][0]


def _must_lie_there(client: Client, deep: str) -> None:
    """The deep page begins with the row after the first `DEPTH`."""
    answer = client.get(deep)
    number = answer.json()["results"][0]["number"]
    if number != f"LIST-{DEPTH + 1}":
        raise RuntimeError(f"the deep page begins with {number}")
