"""The PDF and the annex: whole, the same every time, and nothing fetched."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from decimal import Decimal
from typing import Any, cast
from unittest import mock

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pypdf import PdfReader
from weasyprint.urls import FatalURLFetchingError

from billing.charges.services import rate_activities
from billing.invoices.annex import HEADERS, annex_of
from billing.invoices.errors import NotIssued
from billing.invoices.models import InvoiceDocument
from billing.invoices.paycode import pay_code
from billing.invoices.pdf import pdf_of, render
from billing.invoices.services import draft_invoices, issue_invoice, make_documents
from billing.invoices.services.documents import read_document
from billing.invoices.tasks import mail_invoice, make_invoice_documents
from coop.kernel import clock
from coop.runtime.models import OutboxMessage
from tests.world import (
    make_activity,
    make_issuer,
    make_member,
    make_node,
    make_rate_card,
    make_sku,
    make_user,
)

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        },
    }
    with clock.at(dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def invoice():
    make_issuer()
    make_rate_card()
    member, node = make_member(slug="tidehouse"), make_node(slug="kreuzberg")
    sku = make_sku(member, code="=MUG()")
    worker = make_user("piotr.picker@example.com")
    with clock.at(dt.datetime(2026, 10, 24, 22, 30, tzinfo=dt.UTC)):
        for n in range(3):
            make_activity(
                member, node, "pick", n + 1, sku_id=sku.pk, reference=f"@order {n}", worker_id=worker.pk
            )
    rate_activities()
    return issue_invoice(invoice=draft_invoices(month=OCTOBER)[0], by=None)


def _text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def _fonts(pdf: bytes) -> set[str]:
    return {
        str(font.get_object()["/BaseFont"])
        for page in PdfReader(io.BytesIO(pdf)).pages
        for font in cast("Any", page["/Resources"])["/Font"].values()
    }


def test_the_pdf_says_what_the_law_and_the_member_want(invoice):
    pdf = pdf_of(invoice)
    assert pdf.startswith(b"%PDF-")
    assert all("Hanken" in font for font in _fonts(pdf)), _fonts(pdf)
    text = _text(pdf)
    for words in (
        "CS-2026-00001",
        "2 November 2026",
        "1–31 October 2026",
        "16 November 2026",
        "Tidehouse GmbH",
        "Commonshelf eG",
        "DE123456788",
        "DE89 3704 0044 0532 0130 00",
        "VAT 19 % of 2.52",
        "10999 Berlin, Germany",
        "1 of 1",
    ):
        assert words in text, text


def test_the_same_invoice_gives_the_same_bytes(invoice):
    assert pdf_of(invoice) == pdf_of(invoice)
    assert annex_of(invoice) == annex_of(invoice)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/x.png",
        "http://127.0.0.1:1/x.png",
        "file:///etc/passwd",
        "file:///paper/fonts/../secret",
    ],
)
def test_a_pdf_fetches_nothing(address):
    with (
        mock.patch("socket.socket.connect", side_effect=AssertionError("went out")),
        pytest.raises(FatalURLFetchingError),
    ):
        render(f'<img src="{address}">')


def test_the_annex_has_every_pick_and_no_person(invoice):
    text = annex_of(invoice).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == HEADERS
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("2.52")
    first = rows[0]
    assert (first["date"], first["time"], first["time zone"]) == ("2026-10-25", "00:30:00", "Europe/Berlin")
    assert first["line"] == "1"
    assert not first["SKU"].startswith("=")
    assert not first["reference"].startswith("@")
    assert "piotr" not in text.lower()


def test_documents_are_made_once_and_lie_under_their_hash(invoice):
    documents = make_documents(invoice=invoice)
    assert make_documents(invoice=invoice) == documents
    assert InvoiceDocument.objects.count() == 2
    for document in documents:
        content = read_document(document)
        assert hashlib.sha256(content).hexdigest() == document.sha256
        assert document.sha256 in document.file
        assert document.size == len(content)


def test_a_half_written_file_of_a_killed_process_is_written_again(invoice):
    pdf = pdf_of(invoice)
    digest = hashlib.sha256(pdf).hexdigest()
    default_storage.save(f"invoices/{digest[:2]}/{digest}.pdf", ContentFile(pdf[:1000]))
    [document, _] = make_documents(invoice=invoice)
    assert document.file == f"invoices/{digest[:2]}/{digest}.pdf"
    assert read_document(document) == pdf


def test_a_file_that_was_changed_is_not_given_out(invoice):
    [document, _] = make_documents(invoice=invoice)
    default_storage.delete(document.file)
    default_storage.save(document.file, ContentFile(b"something else"))
    with pytest.raises(ValueError, match="not the file"):
        read_document(document)


def test_a_draft_has_no_documents(invoice):
    invoice.state = "draft"
    with pytest.raises(NotIssued):
        make_documents(invoice=invoice)
    assert not InvoiceDocument.objects.exists()


def test_the_outbox_makes_the_documents_and_the_mail(invoice):
    messages = {m.topic: m for m in OutboxMessage.objects.all()}
    made = make_invoice_documents(messages["invoice.documents"])
    assert set(made) == {"pdf", "annex"}
    assert mail_invoice(messages["mail.invoice"]) == {"to": "hello@tidehouse.example"}
    [sent] = mail.outbox
    assert sent.subject == "Invoice CS-2026-00001 from Commonshelf eG"
    assert "€3.00" in sent.body
    assert f"/portal/tidehouse/invoices/{invoice.pk}/" in sent.body
    assert sent.attachments[0][0] == "CS-2026-00001.pdf"
    assert sent.extra_headers["Message-ID"].startswith(f"<{messages['mail.invoice'].pk}@")


def test_the_code_pays_by_transfer_in_euro_and_by_the_page_elsewhere(invoice):
    assert pay_code(invoice).iban == "DE89 3704 0044 0532 0130 00"
    assert "banking app" in pay_code(invoice).says
    invoice.seller = {**invoice.seller, "iban": ""}
    assert pay_code(invoice).says == "Scan to see and pay"
