"""The money pages: who sees them, and what the files that leave them hold."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.charges.services import rate_activities
from billing.invoices.job_handlers import issue_invoices
from billing.invoices.services import draft_invoices, issue_invoice
from billing.models import Collection, Invoice, RateCard
from coop.jobs.models import Job
from coop.kernel import clock
from tests.billing.payments_kit import make_invoice
from tests.world import (
    client_of,
    make_activity,
    make_issuer,
    make_member,
    make_membership,
    make_node,
    make_rate_card,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path), "base_url": None},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    with clock.at(dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def house():
    make_issuer()
    make_rate_card()
    node = make_node()
    member, other = make_member(slug="tidehouse"), make_member(slug="moosgruen")
    for one in (member, other):
        make_activity(one, node, "pick", 4, day=dt.date(2026, 10, 5), reference=f"#{one.slug}")
    rate_activities()
    draft_invoices(month=OCTOBER)
    return member, other


def _books():
    accountant = make_user()
    make_staff(accountant, "accountant")
    return client_of(accountant)


def _accountant_of(member):
    user = make_user()
    make_membership(member, user, "accountant")
    return client_of(user)


def _issue(member) -> Invoice:
    return issue_invoice(invoice=Invoice.objects.get(member=member), by=None)


def test_a_members_accountant_comes_from_the_month_to_one_pick(house):
    member, _ = house
    client = _accountant_of(member)
    page = client.get(reverse("portal:cost-list", args=[member.slug]), {"month": "2026-10"})
    assert "€1.68" in page.content.decode()
    work = client.get(reverse("portal:cost-work", args=[member.slug]), {"month": "2026-10", "kind": "pick"})
    text = work.content.decode()
    assert "#tidehouse" in text
    assert "#moosgruen" not in text


def test_drafts_and_foreign_invoices_are_not_there_for_a_member(house):
    member, other = house
    client = _accountant_of(member)
    draft = Invoice.objects.get(member=member)
    assert client.get(reverse("portal:invoice", args=[member.slug, draft.pk])).status_code == 404
    foreign = _issue(other)
    for name, extra in (
        ("invoice", []),
        ("invoice-file", ["pdf"]),
        ("invoice-line", [foreign.lines.get().pk]),
    ):
        url = reverse(f"portal:{name}", args=[member.slug, foreign.pk, *extra])
        assert client.get(url).status_code == 404
    own = _issue(member)
    line = foreign.lines.get().pk
    assert client.get(reverse("portal:invoice-line", args=[member.slug, own.pk, line])).status_code == 404


def test_an_invoice_its_line_and_its_files(house):
    member, _ = house
    invoice = _issue(member)
    client = _accountant_of(member)
    assert invoice.number in client.get(reverse("portal:invoice-list", args=[member.slug])).content.decode()
    page = client.get(reverse("portal:invoice", args=[member.slug, invoice.pk])).content.decode()
    assert "€2.00" in page
    assert "Pay online" not in page
    line = invoice.lines.get()
    assert (
        "#tidehouse"
        in client.get(
            reverse("portal:invoice-line", args=[member.slug, invoice.pk, line.pk])
        ).content.decode()
    )
    pdf = client.get(reverse("portal:invoice-file", args=[member.slug, invoice.pk, "pdf"]))
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'
    annex = client.get(reverse("portal:invoice-file", args=[member.slug, invoice.pk, "annex"]))
    assert "#tidehouse" in annex.content.decode()
    assert (
        client.get(reverse("portal:invoice-file", args=[member.slug, invoice.pk, "xml"])).status_code == 404
    )


def test_the_month_asks_before_it_issues_and_then_does_in_a_job(house):
    client = _books()
    asked = client.get(reverse("books:month-issue"), {"month": "2026-10"}).content.decode()
    assert "cannot be changed any more" in asked
    assert not Invoice.objects.filter(state="issued").exists()
    sent = client.post(reverse("books:month-issue"), {"month": "2026-10"})
    job = Job.objects.get(kind="invoices.issue_month")
    assert sent.url.endswith(f"{job.pk}/")


def test_the_job_issues_what_is_drafted(house):
    from types import SimpleNamespace

    told: list[object] = []
    report = SimpleNamespace(
        rows_done=0,
        total=told.append,
        progress=lambda n: None,
        created=lambda n: told.append("issued"),
        failure=lambda **fields: told.append(fields),
        cancelled=lambda: False,
        say=lambda words, result_url: told.append(words),
    )
    issue_invoices(Job(options={"month": "2026-10"}), report)
    assert told == [2, "issued", "issued", "2 invoices issued, 0 refused."]
    assert Invoice.objects.filter(state="issued").count() == 2


def test_the_month_names_what_does_not_match(house):
    member, _ = house
    make_activity(member, make_node(), "pick", 1, day=dt.date(2026, 10, 6))
    rate_activities()
    page = _books().get(reverse("books:month"), {"month": "2026-10"}).content.decode()
    assert "work was added since the draft was drawn" in page


def test_the_zip_holds_every_file_and_says_its_hash(house):
    for member in house:
        _issue(member)
    answer = _books().get(reverse("books:month-zip"), {"month": "2026-10"})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    manifest = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
    assert {row["file"] for row in manifest} == set(archive.namelist()) - {"manifest.csv"}
    assert len(manifest) == 5
    for row in manifest:
        assert hashlib.sha256(archive.read(row["file"])).hexdigest() == row["sha256"]
    journal = list(csv.DictReader(io.StringIO(archive.read("journal.csv").decode("utf-8-sig"))))
    assert sum(float(row["debit"] or 0) for row in journal) == sum(
        float(row["credit"] or 0) for row in journal
    )


def test_the_books_pages_answer_empty_and_full(house):
    client = _books()
    names = ("journal", "account-list", "export-list", "unpriced", "rate-card-list", "invoice-list", "month")
    assert {client.get(reverse(f"books:{name}")).status_code for name in names} == {200}
    invoice = _issue(house[0])
    assert {client.get(reverse(f"books:{name}")).status_code for name in names} == {200}
    assert client.get(reverse("books:invoice", args=[invoice.pk])).status_code == 200
    assert client.get(reverse("books:journal-csv"), {"month": "2026-11"}).content.count(b"\n") == 4
    assert client.get(reverse("books:journal-xlsx")).content.startswith(b"PK")


def test_days_that_lack_the_same_price_are_one_line(house):
    node = make_node()
    for day in (7, 5, 6):
        make_activity(house[0], node, "table", 2, day=dt.date(2026, 10, day))
    [group] = _books().get(reverse("books:unpriced")).context["groups"]
    assert (group["line"].quantity, group["line"].first.day, group["line"].last.day) == (6, 5, 7)
    assert str(group["why"]) == "The rate card in force has no price for it."


def test_a_steward_writes_a_card_from_a_copy_and_an_overlap_is_said_at_the_form(house):
    steward = make_user()
    make_staff(steward, "steward")
    client = client_of(steward)
    page = client.get(reverse("network:rate-card-new")).content.decode()
    assert 'value="0.42"' in page
    told = {
        "name": "Winter",
        "valid_from": "2026-12-01",
        "currency": "EUR",
        "rate-TOTAL_FORMS": "2",
        "rate-INITIAL_FORMS": "0",
        "rate-0-kind": "pick",
        "rate-0-unit_price": "0.45",
        "rate-1-kind": "pack",
    }
    assert client.post(reverse("network:rate-card-new"), told).status_code == 302
    card = RateCard.objects.get(name="Winter")
    assert [str(rate.unit_price) for rate in card.rates.all()] == ["0.450000"]
    refused = client.post(
        reverse("network:rate-card-new"), {**told, "valid_from": "2026-11-05", "name": "Late"}
    )
    assert refused.status_code == 422
    assert "End that one first" in refused.content.decode()
    assert not RateCard.objects.filter(name="Late").exists()


def test_a_steward_is_asked_for_the_last_day_of_a_card_and_priced_work_keeps_it(house):
    steward = make_user()
    make_staff(steward, "steward")
    client, card = client_of(steward), RateCard.objects.get()
    url = reverse("network:rate-card-end", args=[card.pk])
    assert url in client.get(reverse("network:rate-card", args=[card.pk])).content.decode()
    assert 'value="2026-11-02"' in client.get(url).content.decode()
    refused = client.post(url, {"last_day": "2026-10-04"})
    assert refused.status_code == 422
    assert "has priced work up to 5 October 2026" in refused.content.decode()
    card.refresh_from_db()
    assert card.valid_until is None
    assert client.post(url, {"last_day": "2026-11-01"}).status_code == 302
    card.refresh_from_db()
    assert card.valid_until == dt.date(2026, 11, 1)
    assert url not in client.get(reverse("network:rate-card", args=[card.pk])).content.decode()


def test_the_file_of_all_work_says_which_invoice_a_piece_is_on(house):
    member, _ = house
    invoice = _issue(member)
    make_activity(member, make_node(), "pick", 1, day=dt.date(2026, 10, 6), reference="#later")
    rate_activities()
    url = reverse("portal:cost-work-csv", args=[member.slug])
    answer = _accountant_of(member).get(url, {"month": "2026-10"})
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
    assert {row["reference"]: row["invoice"] for row in rows} == {"#tidehouse": invoice.number, "#later": ""}


def test_the_card_of_costs_gets_the_invoices_that_wait(house):
    member, other = house
    invoice, foreign = _issue(member), _issue(other)
    client = _accountant_of(member)
    card = client.get(reverse("portal:overview-costs", args=[member.slug])).content.decode()
    url = reverse("portal:overview-owed", args=[member.slug])
    assert f'hx-get="{url}"' in card
    part = client.get(url).content.decode()
    assert str(invoice.number) in part
    assert str(foreign.number) not in part
    Collection.objects.filter(invoice=invoice).update(state="paid", paid_at=clock.now())
    assert str(invoice.number) not in client.get(url).content.decode()


def test_the_books_list_drafts_and_then_invoices_by_number_the_newest_first(house):
    late = make_member()
    for number, month in ((3, 9), (1, 8), (2, 10)):
        start = dt.date(2026, month, 1)
        make_invoice(member=late, period_start=start, number=f"CS-2026-{number:05d}", tell=False)
    page = _books().get(reverse("books:invoice-list")).context["page"]
    assert [invoice.number for invoice in page] == [
        None,
        None,
        "CS-2026-00003",
        "CS-2026-00002",
        "CS-2026-00001",
    ]


def test_lists_of_invoices_ask_as_often_for_many_as_for_one(house):
    member, _ = house
    _issue(member)
    pages = [
        (_accountant_of(member), reverse("portal:invoice-list", args=[member.slug])),
        (_books(), reverse("books:invoice-list")),
        (_books(), reverse("books:month") + "?month=2026-10"),
    ]

    def asked() -> list[int]:
        counts = []
        for browser, url in pages:
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(url).status_code == 200
            counts.append(len(captured))
        return counts

    asked()
    before = asked()
    for count, other in enumerate((member, make_member(), make_member()), start=1):
        start = dt.date(2026, 9, 1) if other == member else OCTOBER
        make_invoice(member=other, period_start=start, number=f"CS-2025-{count:05d}", tell=False)
    assert asked() == before


def test_the_journal_says_debit_and_credit_where_columns_do_not_fit(house):
    _issue(house[0])
    page = _books().get(reverse("books:journal")).content.decode()
    assert page.count('data-label="Debit"') == page.count('data-label="Credit"') >= 3


def test_issuing_is_asked_about_but_is_no_danger(house):
    page = _books().get(reverse("books:month-issue"), {"month": "2026-10"}).content.decode()
    assert "danger" not in page
    assert "Not yet" in page
