"""From charges to issued invoices: drafts, numbers, VAT, what is posted and what is told."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing.charges.services import rate_activities
from billing.invoices.errors import DraftStale, NoIssuer, NothingToIssue
from billing.invoices.services import draft_invoices, issue_invoice, issue_month, throw_away_drafts
from billing.ledger.models import JournalEntry, Posting
from billing.models import Charge, Collection, Invoice, InvoiceSeries
from coop.kernel import clock
from coop.runtime.audit import proofs
from coop.runtime.models import OutboxMessage
from tests.world import make_activity, make_issuer, make_member, make_node, make_rate_card, make_user

db = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)
NOVEMBER_2ND = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _the_second_of_november():
    with clock.at(NOVEMBER_2ND):
        yield


@pytest.fixture
def node(request):
    make_issuer()
    make_rate_card()
    return make_node(slug="kreuzberg")


def _work(member, node, picks=3, day=dt.date(2026, 10, 5)):
    for n in range(picks):
        make_activity(member, node, "pick", 2 + n, day=day, reference=f"#10{n}")
    make_activity(member, node, "ship", 1, day=day)
    rate_activities()


def _violations() -> list[str]:
    return [sentence for p in proofs() if p.room.startswith("billing") for sentence in p.check()]


@db
def test_a_draft_gathers_by_kind_node_and_price_and_rounds_once(node):
    far, member = make_node(slug="aachen"), make_member()
    make_rate_card(name="Later", valid_from=dt.date(2026, 10, 6), prices={"pick": "0.333333"})
    _work(member, node)
    make_activity(member, node, "pick", 7, day=dt.date(2026, 10, 7))
    make_activity(member, far, "pick", 5, day=dt.date(2026, 10, 5))
    rate_activities()
    [draft] = draft_invoices(month=OCTOBER)
    lines = [(x.position, x.node.slug, x.kind, x.quantity, x.net_amount) for x in draft.lines.all()]
    assert lines == [
        (1, "aachen", "pick", 5, Decimal("2.10")),
        (2, "kreuzberg", "pick", 9, Decimal("3.78")),
        (3, "kreuzberg", "pick", 7, Decimal("2.33")),
        (4, "kreuzberg", "ship", 1, Decimal("3.90")),
    ]
    assert (draft.net_amount, draft.vat_amount, draft.gross_amount) == tuple(
        map(Decimal, ("12.11", "2.30", "14.41"))
    )
    assert not Charge.objects.filter(invoice_line_id__isnull=False).exists()


@db
def test_redrawing_replaces_a_draft_under_the_same_id(node):
    member = make_member()
    _work(member, node)
    [first] = draft_invoices(month=OCTOBER)
    _work(member, node, picks=1)
    [second] = draft_invoices(month=OCTOBER)
    assert second.pk == first.pk
    assert second.net_amount > first.net_amount
    assert Invoice.objects.count() == 1
    assert throw_away_drafts(month=OCTOBER) == 1
    assert not Invoice.objects.exists()


@db
def test_stragglers_of_earlier_months_go_on_the_next_invoice(node):
    member = make_member()
    _work(member, node)
    issue_month(month=OCTOBER, by=None) if draft_invoices(month=OCTOBER) else None
    _work(member, node, picks=1, day=dt.date(2026, 10, 31))
    assert draft_invoices(month=OCTOBER) == []
    [november] = draft_invoices(month=dt.date(2026, 11, 15))
    assert november.lines.get(kind="pick").quantity == 2


@db
def test_nothing_or_less_is_not_drawn_and_not_lost(node):
    make_rate_card(name="Free", valid_from=dt.date(2026, 10, 6), prices={"pick": "0"})
    make_activity(make_member(), node, "pick", day=dt.date(2026, 10, 7))
    rate_activities()
    assert draft_invoices(month=OCTOBER) == []
    assert Charge.objects.filter(invoice_line_id__isnull=True).count() == 1


@db
def test_drafting_needs_an_issuer():
    with pytest.raises(NoIssuer):
        draft_invoices(month=OCTOBER)


@db
def test_issuing_numbers_copies_posts_and_tells(node):
    member = make_member(slug="tidehouse")
    _work(member, node)
    [draft] = draft_invoices(month=OCTOBER)
    invoice = issue_invoice(invoice=draft, by=None)
    assert (invoice.number, invoice.issued_on, invoice.due_on) == (
        "CS-2026-00001",
        dt.date(2026, 11, 2),
        dt.date(2026, 11, 16),
    )
    assert invoice.buyer["legal_name"] == "Tidehouse GmbH"
    assert invoice.seller["vat_id"] == "DE123456788"
    entry = JournalEntry.objects.get()
    postings = {p.account.code: p.amount for p in entry.postings.select_related("account")}
    assert postings == {
        "1400-tidehouse": Decimal("9.14"),
        "8400-pick": Decimal("-3.78"),
        "8400-ship": Decimal("-3.90"),
        "1776": Decimal("-1.46"),
    }
    assert sorted(OutboxMessage.objects.values_list("topic", "key")) == [
        (topic, f"invoice:{invoice.pk}") for topic in ("invoice.documents", "mail.invoice", "stripe.invoice")
    ]
    assert Charge.objects.filter(invoice_line_id__in=invoice.lines.values("pk")).count() == 4
    assert _violations() == []


@db
def test_issued_again_it_is_the_same_invoice(node):
    _work(make_member(), node)
    [draft] = draft_invoices(month=OCTOBER)
    first = issue_invoice(invoice=draft, by=None)
    assert issue_invoice(invoice=draft, by=None).number == first.number
    assert InvoiceSeries.objects.get().last_number == 1
    assert JournalEntry.objects.count() == 1
    assert OutboxMessage.objects.count() == 3


@db
def test_a_stale_draft_is_refused_and_nothing_changes(node):
    member = make_member()
    _work(member, node)
    [draft] = draft_invoices(month=OCTOBER)
    _work(member, node, picks=1)
    with pytest.raises(DraftStale):
        issue_invoice(invoice=draft, by=None)
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert not InvoiceSeries.objects.exists()
    assert not Posting.objects.exists()
    assert not OutboxMessage.objects.exists()
    assert not Charge.objects.filter(invoice_line_id__isnull=False).exists()


@db
def test_a_draft_with_yesterdays_vat_is_stale(node):
    member = make_member()
    _work(member, node)
    [draft] = draft_invoices(month=OCTOBER)
    type(member).objects.filter(pk=member.pk).update(country="AT", vat_id="ATU12345678")
    with pytest.raises(DraftStale, match="VAT"):
        issue_invoice(invoice=draft, by=None)
    assert not InvoiceSeries.objects.exists()


@db
def test_an_empty_draft_is_not_issued(node):
    draft = Invoice.objects.create(
        member=make_member(), period_start=OCTOBER, period_end=dt.date(2026, 10, 31), currency="EUR"
    )
    with pytest.raises(NothingToIssue):
        issue_invoice(invoice=draft, by=None)


@db
def test_what_is_issued_never_changes(node):
    _work(make_member(), node)
    [draft] = draft_invoices(month=OCTOBER)
    invoice = issue_invoice(invoice=draft, by=None)
    changes = {
        "number": "CS-2026-00009",
        "net_amount": 1,
        "seller": {},
        "due_on": None,
        "issued_by": make_user(),
        "created_at": NOVEMBER_2ND,
    }
    for field, value in changes.items():
        with pytest.raises(Exception, match=r"(?i)pgtrigger|cannot|check"), transaction.atomic():
            Invoice.objects.filter(pk=invoice.pk).update(**{field: value})
    with pytest.raises(Exception, match=r"(?i)cannot|protect"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).delete()
    with pytest.raises(Exception, match=r"(?i)cannot"), transaction.atomic():
        Charge.objects.update(invoice_line_id=None)
    Collection.objects.filter(invoice=invoice).update(state="open")


@db
def test_issue_month_goes_by_name_and_reports_what_it_refused(node):
    for slug in ("zinnia", "amber", "mallow"):
        _work(make_member(slug=slug), node)
    drafts = {d.member.slug: d for d in draft_invoices(month=OCTOBER)}
    _work(drafts["mallow"].member, node, picks=1)
    told = []

    def report(invoice, error):
        told.append((invoice.member.slug, error))
        return True

    outcome = issue_month(month=OCTOBER, by=None, report=report)
    assert [(i.member.slug, str(i.number)[-1]) for i in outcome.invoices] == [("amber", "1"), ("zinnia", "2")]
    assert [(i.member.slug, e.code) for i, e in outcome.refused] == [("mallow", "draft_stale")]
    assert [slug for slug, _ in told] == ["amber", "mallow", "zinnia"]
    assert _violations() == []


@db
def test_numbers_start_again_each_year(node):
    first, second = make_member(slug="a"), make_member(slug="b")
    _work(first, node)
    issue_invoice(invoice=draft_invoices(month=OCTOBER)[0], by=None)
    with clock.at(dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)):  # already the new year in Berlin
        _work(second, node)
        [draft] = draft_invoices(month=dt.date(2026, 12, 1))
        assert issue_invoice(invoice=draft, by=None).number == "CS-2027-00001"
    assert _violations() == []


@db
@pytest.mark.parametrize(
    ("country", "vat_id", "category", "vat"),
    [
        ("DE", "DE811907980", "S", "1.46"),
        ("AT", "ATU12345678", "AE", "0.00"),
        ("AT", "", "S", "1.46"),
        ("CH", "", "O", "0.00"),
    ],
)
def test_vat_by_where_the_member_is(node, country, vat_id, category, vat):
    _work(make_member(country=country, vat_id=vat_id), node)
    invoice = issue_invoice(invoice=draft_invoices(month=OCTOBER)[0], by=None)
    assert (invoice.vat_category, invoice.vat_amount) == (category, Decimal(vat))
    assert bool(invoice.seller["vat_note"]) == (category != "S")
    assert _violations() == []


def test_two_issuers_at_once_give_one_invoice(fresh_db):
    make_issuer()
    make_rate_card()
    node = make_node()
    for n in range(6):
        _work(make_member(slug=f"m{n}"), node, picks=1)
    drafts = draft_invoices(month=OCTOBER)

    def issue(draft):
        with clock.at(NOVEMBER_2ND):
            try:
                return issue_invoice(invoice=draft, by=None).number
            finally:
                connection.close()

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(issue, drafts * 3))
    assert sorted(set(numbers)) == [f"CS-2026-{n:05d}" for n in range(1, 7)]
    assert numbers[:6] == numbers[6:12] == numbers[12:]
    assert _violations() == []


@db
def test_the_proofs_name_a_gap_and_a_wrong_sum(node):
    _work(make_member(), node)
    issue_invoice(invoice=draft_invoices(month=OCTOBER)[0], by=None)
    InvoiceSeries.objects.update(last_number=2)
    assert any("counter at 2, but 1 numbers" in sentence for sentence in _violations())


@db
def test_a_number_cannot_be_given_twice(node):
    _work(make_member(), node)
    invoice = issue_invoice(invoice=draft_invoices(month=OCTOBER)[0], by=None)
    _work(make_member(), node)
    [draft] = draft_invoices(month=OCTOBER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=draft.pk).update(
            number=invoice.number, state="issued", issued_on=invoice.issued_on, due_on=invoice.due_on
        )
