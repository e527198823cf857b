"""Every paged list of the house, in the middle of tens of thousands of rows: PostgreSQL begins at the page."""

from __future__ import annotations

import ast
import datetime as dt
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import psycopg
import pytest
from django.db import connection, models
from django.test import RequestFactory

from billing.models import Charge, Invoice, InvoiceLine, JournalEntry, Posting, RateCard
from billing.payments.models import Collection
from coop.jobs.models import Job
from coop.kernel import clock, paging
from coop.members.models import Application, Member
from coop.models import Closure, Node, Sku
from coop.runtime.servers import Postgres
from coop.web.pages import ListPage
from fulfillment.capacity.models import Booking, TierOverride, WaitlistEntry
from fulfillment.drops.models import Drop, DropSale
from fulfillment.inventory.models import Claim
from fulfillment.models import Activity, Allocation, Asn, Order, Shipment, StockMove
from tests import story, world
from tests.conftest import HOME, ROOT

ROWS = 20_000
PAGERS, PAGES = {"keyset", "ListPage"}, "coop.web.pages"
# What a page may read besides its own rows: what other rows of the story there are, and what hangs on its rows.
MOST_READ = 1_500

MOMENT = "timestamptz '2026-03-02 08:00+00' + n * interval '1 minute'"
DAY = "date '1970-01-01' + n::int"
AHEAD = "current_date + n::int"
# Copies of one row of the story each, as (model, what differs); `n` counts, `other` is the id of a row of `beside`.
CROWD: list[tuple[type[models.Model], dict[str, str], type[models.Model] | None]] = [
    (Sku, {"code": "'C-' || n", "title": "'Cup ' || n", "weight_g": "n", "value_amount": "n", "created_at": MOMENT}, None),
    (Job, {"created_at": MOMENT}, None),
    (Application, {"applied_at": MOMENT}, None),
    (Member, {"slug": "'crowd-' || n", "name": "'Crowd ' || n"}, None),
    (Sku, {"code": "'D-' || n", "member_id": "other"}, Member),
    (Order, {"number": "'O-' || n", "placed_at": MOMENT}, None),
    (Allocation, {"state": "'queued'", "ship_by": MOMENT}, None),
    (Shipment, {"number": "'P-' || n", "started_at": MOMENT}, None),
    (Asn, {"number": "'A-' || n", "announced_at": MOMENT}, None),
    (StockMove, {"source_id": "gen_random_uuid()", "moved_at": MOMENT}, None),
    (Closure, {"day": AHEAD}, None),
    (Booking, {"first_day": AHEAD, "last_day": AHEAD}, None),
    (Booking, {"first_day": DAY, "last_day": DAY}, None),
    (TierOverride, {"booking_id": "other", "granted_at": MOMENT}, Booking),
    (WaitlistEntry, {"slots": "n", "joined_at": MOMENT}, None),
    (Claim, {}, None),
    (Drop, {"claim_id": "other", "opens_at": MOMENT, "closes_at": "NULL"}, Claim),
    (DropSale, {"order_id": "other", "sold_at": MOMENT}, Order),
    (Activity, {"source_id": "gen_random_uuid()"}, None),
    # A month's work: thousands of rows of the same day, every other one on no invoice yet.
    (Charge, {"activity_id": "other", "day": "date '2026-03-01' + n::int % 30",
              "invoice_line_id": "CASE WHEN n % 2 = 0 THEN invoice_line_id END"}, Activity),
    (Invoice, {"number": "'I-' || n", "period_start": DAY, "period_end": DAY}, None),
    (Collection, {"invoice_id": "other"}, Invoice),
    (Invoice, {"number": "'M-' || n", "member_id": "other"}, Member),
    (Collection, {"invoice_id": "other"}, Invoice),
    (RateCard, {"valid_from": DAY, "valid_until": DAY}, None),
    (JournalEntry, {"source_id": "gen_random_uuid()", "posted_at": MOMENT}, None),
    (Posting, {"entry_id": "other"}, JournalEntry),
]  # fmt: skip


@dataclass
class Seen:
    """A call of `keyset` as a door made it: what was to be paged, and how."""

    site: str
    rows: models.QuerySet[Any]
    order: tuple[str, ...]
    size: int


def _sites() -> dict[str, set[str]]:
    """Where the program pages: module → the functions that call `keyset`, or make a `ListPage`, which does."""
    found: dict[str, set[str]] = {}
    for floor in ("coop", "fulfillment", "billing"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            tree = ast.parse(path.read_text())
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for name in _callers(tree) if module != PAGES else []:
                found.setdefault(module, set()).add(name)
    return found


def _callers(tree: ast.AST, inside: str = "") -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from _callers(node, f"{inside}.{node.name}".lstrip("."))
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PAGERS:
            yield inside
        yield from _callers(node, inside)


@pytest.fixture
def lists(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    """What every door pages: each is opened once, on the story's rows; then the crowd comes in."""
    invoice = story.one_order_from_sku_to_invoice()
    person, node = world.make_user(), Node.objects.get(slug="kreuzberg")
    world.make_membership(invoice.member, person)
    for role, place in (("operator", node), ("accountant", None), ("steward", None)):
        world.make_staff(person, role, place)
    _rows_the_story_lacks(invoice.member, node, person)
    addresses = _addresses(invoice, node, _draft(invoice))
    seen = _open(addresses, person, invoice.member, monkeypatch)
    examples = {model: _example(model, invoice) for model, _, _ in CROWD}
    with psycopg.connect(Postgres(HOME).admin_dsn(fresh_db), autocommit=True) as superuser:
        # Neither triggers nor foreign keys: a crowd for the planner, not a history.
        superuser.execute("SET session_replication_role = replica")
        for model, differs, beside in CROWD:
            _multiply(superuser, model, examples[model], differs, beside)
        superuser.execute("ANALYZE")
    return seen


def _site(caller: FrameType) -> str:
    return f"{caller.f_globals['__name__']}:{caller.f_code.co_qualname}"


def _open(addresses: list[str], person: Any, member: Member, monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    seen: list[Seen] = []

    def recorded(request: Any, rows: Any, *, order: Any, size: int = 50) -> Any:
        caller = sys._getframe(1)
        in_pages = caller.f_globals["__name__"] == PAGES
        site = made_at[id(caller.f_locals["self"])] if in_pages else _site(caller)
        seen.append(Seen(site, rows, tuple(order), size))
        return paging.keyset(request, rows, order=order, size=size)

    made_at: dict[int, str] = {}
    make = ListPage.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        made_at[id(self)] = _site(sys._getframe(1))
        make(self, *args, **kwargs)

    monkeypatch.setattr(ListPage, "__init__", noted)
    for module in [PAGES, *_sites()]:
        if hasattr(found := importlib.import_module(module), "keyset"):
            monkeypatch.setattr(found, "keyset", recorded)
    browser, (_, secret) = world.client_of(person), world.make_api_key(member)
    for address in addresses:
        headers = {"Authorization": f"Bearer {secret}"} if address.startswith("/api/") else {}
        assert browser.get(address, headers=headers).status_code == 200, address
    return seen


def _rows_the_story_lacks(member: Member, node: Node, person: Any) -> None:
    Job.objects.create(kind="catalog.products", member=member, started_by=person, title="A sheet")
    Application.objects.create(
        applicant=person, business_name="Kiln", trade="potter", about="Cups", legal_name="Kiln GmbH", street="Weg 1",
        postcode="10999", city="Berlin", state="declined", decided_at=clock.now(),
    )  # fmt: skip
    Closure.objects.create(node=node, day=dt.date(2025, 12, 24), reason="Holidays")
    booking = Booking.objects.filter(member=member, state="booked", group=None)[0]
    TierOverride.objects.create(booking=booking, skus_over=1, reason="New", granted_by=person)
    WaitlistEntry.objects.create(
        member=member, pool=booking.pool, slots=30_000, first_day=booking.first_day, last_day=booking.last_day
    )
    DropSale.objects.create(
        order=Order.objects.filter(member=member)[0], drop=Drop.objects.filter(member=member)[0], buyer="ada", pieces=1
    )  # fmt: skip


def _draft(issued: Invoice) -> InvoiceLine:
    """A draft line that would take up what the crowd has not on an invoice."""
    work = Charge.objects.filter(invoice_line_id=issued.lines.order_by("pk")[0].pk)[0]
    draft = Invoice.objects.create(
        member=issued.member, currency=issued.currency, period_start=dt.date(2026, 4, 1), period_end=dt.date(2026, 4, 30)
    )  # fmt: skip
    return InvoiceLine.objects.create(
        invoice=draft, position=1, kind=work.kind, node=work.node, description="Work", quantity=1, unit="piece",
        unit_price=work.unit_price, net_amount=1,
    )  # fmt: skip


def _example(model: type[models.Model], invoice: Invoice) -> models.Model:
    of: dict[Any, dict[str, Any]] = {
        Charge: {"invoice_line_id": invoice.lines.order_by("pk")[0].pk},
        Invoice: {"pk": invoice.pk},
        Member: {"pk": invoice.member_id},
        Booking: {"override__isnull": False},
        Posting: {"account__kind": "receivable"},
    }
    found = model._default_manager.filter(**of.get(model, {})).order_by("pk").first()
    assert found is not None, f"the story has no {model.__name__}"
    return found


def _multiply(
    superuser: psycopg.Connection[Any],
    model: type[models.Model],
    example: models.Model,
    differs: dict[str, str],
    beside: type[models.Model] | None,
) -> None:
    """`ROWS` copies of a row; with `beside` one for each row of that table that the crowd brought."""
    table, key = model._meta.db_table, model._meta.pk.column
    values = {key: "gen_random_uuid()", **differs}
    columns = [field.column for field in model._meta.concrete_fields]
    crowd = f"SELECT n FROM generate_series(1, {ROWS}) n"  # noqa: S608
    if beside is not None:
        theirs, mine = beside._meta.pk.column, next(column for column in values if values[column] == "other")
        fresh = f"{theirs} NOT IN (SELECT {mine} FROM {table})"  # noqa: S608
        crowd = f"SELECT {theirs} AS other, row_number() OVER () AS n FROM {beside._meta.db_table} WHERE {fresh} LIMIT {ROWS}"  # noqa: S608
    named = ", ".join(f'"{column}"' for column in columns)
    picked = ", ".join(values.get(column, f'r."{column}"') for column in columns)
    copies = f"SELECT {picked} FROM {table} r, ({crowd}) c WHERE r.{key} = '{example.pk}'"  # noqa: S608 - names from our own models
    superuser.execute(f"INSERT INTO {table} ({named}) {copies}")


def _addresses(invoice: Invoice, node: Node, draft: InvoiceLine) -> list[str]:
    portal, floor = f"/portal/{invoice.member.slug}", f"/floor/{node.slug}"
    line = invoice.lines.order_by("pk")[0]
    sku = StockMove.objects.order_by("pk")[0].sku_id
    account = Posting.objects.filter(account__kind="receivable")[0].account_id
    drop = DropSale.objects.all()[0].drop_id
    return [
        "/api/v1/skus/", "/api/v1/orders/", "/api/v1/stock/", "/api/v1/drops/",
        *(f"{portal}/skus/?sort={sort}" for sort in ("code", "title", "weight_g", "-value_amount", "-created_at")),
        "/jobs/", "/network/applications/", "/network/members/", f"{portal}/orders/", f"{floor}/queue/",
        f"{floor}/parcels/", f"{portal}/inbound/", f"{portal}/stock/", f"{portal}/stock/{sku}/", f"{floor}/slots/closed/",
        f"{portal}/slots/", f"{portal}/slots/?when=over", "/network/slots/overrides/", f"{portal}/slots/waiting/",
        f"{portal}/drops/", f"{portal}/drops/{drop}/sales/", f"{portal}/invoices/",
        f"{portal}/invoices/{invoice.pk}/lines/{line.pk}/", "/books/?month=2026-03", "/books/invoices/",
        f"/books/invoices/{draft.invoice_id}/lines/{draft.pk}/",
        "/books/rate-cards/", f"{portal}/costs/work/?month=2026-03", "/books/journal/", f"/books/accounts/{account}/",
    ]  # fmt: skip


def test_a_page_deep_in_a_list_begins_where_it_begins(lists: list[Seen]) -> None:
    calls = {f"{module}:{name}" for module, names in _sites().items() for name in names}
    assert {one.site for one in lists} == calls, "a list that no address here leads to"
    problems = [problem for one in lists for way in ("after", "before") for problem in _problems(one, way)]
    assert not problems, "\n".join(problems)


def _problems(one: Seen, way: str) -> list[str]:
    """What is wrong with the plan of the page on that side of the list's middle."""
    keys = one.rows.order_by(*one.order).values_list("pk", flat=True)[ROWS // 2 - 100 : ROWS // 2 - 99]
    if not keys:
        return [f"{one.site}: its crowd is not there"]
    [key] = keys
    middle = one.rows.model._default_manager.get(pk=key)
    request = RequestFactory().get("/" + paging._url(RequestFactory().get("/"), way, middle, one.order))
    with _Statements() as statements:
        page = paging.keyset(request, one.rows, order=one.order, size=one.size)
    assert len(page) == one.size, one.site
    [(sql, params)] = [s for s in statements.told if s[0].endswith(f"LIMIT {one.size + 1}")]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    nodes = list(_nodes(plan))
    name = f"{one.site} by {', '.join(one.order)}, {way}"
    problems = []
    for node in nodes:
        if node["Node Type"] == "Sort" and node["Plans"][0]["Actual Rows"] > MOST_READ:
            problems.append(f"{name}: sorts {node['Plans'][0]['Actual Rows']} rows")
        gone = sum(int(count) for key, count in node.items() if key.startswith("Rows Removed by"))
        read = (gone + node["Actual Rows"]) * node["Actual Loops"]
        if read > MOST_READ:
            where = node.get("Index Name") or node.get("Relation Name") or ""
            problems.append(
                f"{name}: {node['Node Type']} {where} reads {read:.0f} rows, {gone} of them for nothing"
            )
    indexed = {node.get("Relation Name") for node in nodes if "Index Name" in node}
    if one.rows.model._meta.db_table not in indexed:
        problems.append(f"{name}: no index of {one.rows.model._meta.db_table}")
    return problems


class _Statements:
    """The statements that were told to the database, with their parameters."""

    def __enter__(self) -> _Statements:
        self.told: list[tuple[str, Any]] = []
        self._hook = connection.execute_wrapper(self._note)
        self._hook.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._hook.__exit__(*raised)

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.told.append((sql, params))
        return execute(sql, params, many, context)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
