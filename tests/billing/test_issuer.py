"""Who issues: entered on a page, changed for what comes, never for what is out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.charges.services import rate_activities
from billing.invoices.errors import DraftStale, IssuerUnclear
from billing.invoices.services import IssuerDetails, draft_invoices, issue_invoice, save_issuer
from billing.models import Invoice, Issuer
from coop.kernel import clock
from tests.world import (
    client_of,
    make_activity,
    make_member,
    make_node,
    make_rate_card,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
DETAILS = IssuerDetails(
    legal_name="Commonshelf Berlin eG", street="Oranienstraße 183", postcode="10999", city="Berlin", country="DE",
    vat_id="DE136695976", email="books@commonshelf.example", iban="DE02 1203 0000 0000 2020 51", vat_rate=Decimal(19),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _december():
    with clock.at(dt.datetime(2026, 12, 2, 9, tzinfo=dt.UTC)):
        yield


def _staff(role):
    user = make_user()
    make_staff(user, role)
    return user


def _form(**changes):
    return {name: str(getattr(DETAILS, name)) for name in IssuerDetails.__dataclass_fields__} | changes


def _two_months():
    make_rate_card()
    member, node = make_member(), make_node()
    make_activity(member, node, "pick", 4, day=dt.date(2026, 10, 5))
    make_activity(member, node, "pick", 5, day=dt.date(2026, 11, 5))
    rate_activities()
    return member


def test_is_entered_once_and_written_as_papers_want_it():
    issuer = save_issuer(details=replace(DETAILS, vat_id="de 136 695 976", number_prefix="cs"), by=None)
    again = save_issuer(details=replace(DETAILS, city="Potsdam"), by=None)
    assert again.pk == issuer.pk
    assert Issuer.objects.count() == 1
    assert (issuer.vat_id, issuer.iban, issuer.number_prefix) == (
        "DE136695976",
        "DE02120300000000202051",
        "CS",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vat_id", "DE136695977"),
        ("vat_id", ""),
        ("iban", "DE02120300000000202052"),
        ("vat_rate", Decimal(119)),
        ("timezone", "Berlin"),
        ("number_prefix", "2026-"),
    ],
)
def test_refuses_what_cannot_be_and_changes_nothing(field, value):
    save_issuer(details=DETAILS, by=None)
    with pytest.raises(IssuerUnclear) as refused:
        save_issuer(details=replace(DETAILS, city="Potsdam", **{field: value}), by=None)
    assert refused.value.field == field
    assert Issuer.objects.get().city == "Berlin"


def test_new_invoices_take_the_new_data_and_issued_ones_keep_theirs():
    member = _two_months()
    save_issuer(details=DETAILS, by=None)
    [october] = draft_invoices(month=OCTOBER)
    first = issue_invoice(invoice=october, by=None)
    before = dict(first.seller)
    save_issuer(details=replace(DETAILS, street="Am Ufer 1", iban="", number_prefix="CB"), by=None)
    [november] = draft_invoices(month=NOVEMBER)
    second = issue_invoice(invoice=november, by=None)
    assert (second.seller["street"], second.seller["iban"]) == ("Am Ufer 1", "")
    assert second.number == "CB-2026-00001"
    kept = Invoice.objects.get(member=member, period_start=OCTOBER)
    assert kept.seller == before
    assert kept.number == "CS-2026-00001"


def test_a_draft_of_an_old_vat_rate_is_not_issued():
    _two_months()
    save_issuer(details=DETAILS, by=None)
    [draft] = draft_invoices(month=OCTOBER)
    save_issuer(details=replace(DETAILS, vat_rate=Decimal(20)), by=None)
    with pytest.raises(DraftStale):
        issue_invoice(invoice=draft, by=None)
    assert Invoice.objects.get(pk=draft.pk).state == "draft"


def test_the_books_ask_for_the_issuer_first_with_one_button():
    books = client_of(_staff("accountant"))
    page = books.get(reverse("books:month")).content.decode()
    assert page.count("Enter the issuer") == 1
    assert "Draw the drafts" not in page
    save_issuer(details=DETAILS, by=None)
    page = books.get(reverse("books:month")).content.decode()
    assert "Enter the issuer" not in page
    assert "Draw the drafts" in page


@pytest.mark.parametrize(("role", "area"), [("accountant", "books"), ("steward", "network")])
def test_staff_enter_and_change_it_and_see_who_did(role, area):
    person = _staff(role)
    client, page = client_of(person), reverse(f"{area}:issuer")
    assert "Nobody has said yet" in client.get(page).content.decode()
    assert client.post(page, _form()).status_code == 302
    assert client.post(page, _form(street="Am Ufer 1", payment_days="30")).status_code == 302
    seen = client.get(page).content.decode()
    assert "Street Oranienstraße 183 → Am Ufer 1, due after 14 days → 30 days" in seen
    assert f"by {person}" in seen


def test_a_slip_is_shown_at_its_field_and_what_was_typed_stays():
    client = client_of(_staff("accountant"))
    answer = client.post(reverse("books:issuer"), _form(iban="DE00", legal_name="Typed eG"))
    assert answer.status_code == 422
    assert "This is not an IBAN" in answer.content.decode()
    assert 'value="Typed eG"' in answer.content.decode()
    assert not Issuer.objects.exists()
