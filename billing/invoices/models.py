"""Invoices: numbered, frozen, and explained down to one pick."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Count, F, Q, Sum

from coop.kernel import clock
from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import append_only
from coop.models import Member, Node, User
from fulfillment.models import Kind


class Issuer(models.Model):
    """The co-op as a legal person: what the law wants on an invoice, and how members pay."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    legal_name = models.CharField(max_length=160)
    street = models.CharField(max_length=160)
    postcode = models.CharField(max_length=16)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, default="DE")
    vat_id = models.CharField(max_length=20)
    email = models.EmailField()
    iban = models.CharField(max_length=34, blank=True)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, help_text="Domestic rate in percent")
    payment_days = models.PositiveSmallIntegerField(default=14)
    number_prefix = models.CharField(max_length=8, default="CS")
    timezone = models.CharField(max_length=64, default="Europe/Berlin")

    def __str__(self) -> str:
        return self.legal_name


class InvoiceSeries(models.Model):
    """The counter that invoice numbers come from, taken FOR UPDATE inside the issuing transaction: no gap, no double."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    prefix = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prefix", "year"],
                name="invoice_series_once",
                violation_error_code="series_twice",
                violation_error_message="This series already exists.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def of(self, member: Member) -> InvoiceQuerySet:
        """A member's issued invoices: drafts are the co-op's own business until they are issued."""
        return self.filter(member=member, state="issued")

    def unpaid(self) -> InvoiceQuerySet:
        """Issued, and the money is not here."""
        return self.filter(state="issued").exclude(collection__in=["paid", "void"])

    def overdue(self, today: dt.date) -> InvoiceQuerySet:
        """Unpaid after its due day."""
        return self.unpaid().filter(due_on__lt=today)

    def in_state(self, name: str, today: dt.date) -> InvoiceQuerySet:
        """By what an accountant calls it: draft, open, overdue, paid, trouble; everything for another name."""
        if name == "draft":
            return self.filter(state="draft")
        if name == "open":
            return self.unpaid().filter(due_on__gte=today)
        if name == "overdue":
            return self.overdue(today)
        if name == "paid":
            return self.filter(state="issued", collection="paid")
        if name == "trouble":
            return self.filter(collection__in=["failed", "attention"])
        return self

    def months_issued(self) -> list[dict[str, Any]]:
        """One row for each month and currency with issued invoices, the latest first: period_start, currency, count, total."""
        return list(
            self.filter(state="issued")
            .values("period_start", "currency")
            .annotate(count=Count("id"), total=Sum("gross_amount"))
            .order_by("-period_start", "currency")
        )

    def sums(self) -> tuple[Decimal, int]:
        """(their total with VAT, how many they are)."""
        found = self.aggregate(total=Sum("gross_amount"), count=Count("id"))
        return found["total"] or Decimal(0), found["count"]


class Invoice(models.Model):
    """One member's work of one month. A draft can be thrown away; what is issued copies all it says and never changes.

    Amounts in `currency`; `vat_category` is EN 16931's code (S standard, AE reverse charge, O outside).
    `state` says what the document is, `collection` how far the money is.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        ISSUED = "issued", "issued"

    class Collection(models.TextChoices):
        NONE = "none", "not yet asked for"
        PUSHING = "pushing", "on its way to Stripe"
        OPEN = "open", "open"
        PROCESSING = "processing", "payment on its way"
        PAID = "paid", "paid"
        FAILED = "failed", "payment failed"
        VOID = "void", "void"
        ATTENTION = "attention", "needs attention"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="invoices")
    period_start = models.DateField()
    period_end = models.DateField(help_text="Last day, included")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    # NULL, not "": drafts have no number, and only NULLs do not collide in a unique key.
    number = models.CharField(max_length=26, null=True, blank=True)  # noqa: DJ001
    issued_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    seller = models.JSONField(default=dict, help_text="The issuer as printed")
    buyer = models.JSONField(default=dict, help_text="The member as printed")
    vat_category = models.CharField(max_length=2, default="S")
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    net_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    vat_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    gross_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    collection = models.CharField(max_length=10, choices=Collection.choices, default=Collection.NONE)
    collection_note = models.CharField(max_length=300, blank=True)
    stripe_id = models.CharField(max_length=60, blank=True)
    pay_url = models.URLField(max_length=500, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-period_start", "-id"]
        triggers = [
            pgtrigger.Protect(
                name="issued_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="issued"),
            ),
            pgtrigger.Protect(
                name="issued_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="issued")
                & (
                    pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                    | pgtrigger.Q(old__state__df=pgtrigger.F("new__state"))
                    | pgtrigger.Q(old__member__df=pgtrigger.F("new__member"))
                    | pgtrigger.Q(old__period_start__df=pgtrigger.F("new__period_start"))
                    | pgtrigger.Q(old__period_end__df=pgtrigger.F("new__period_end"))
                    | pgtrigger.Q(old__issued_on__df=pgtrigger.F("new__issued_on"))
                    | pgtrigger.Q(old__due_on__df=pgtrigger.F("new__due_on"))
                    | pgtrigger.Q(old__currency__df=pgtrigger.F("new__currency"))
                    | pgtrigger.Q(old__seller__df=pgtrigger.F("new__seller"))
                    | pgtrigger.Q(old__buyer__df=pgtrigger.F("new__buyer"))
                    | pgtrigger.Q(old__vat_category__df=pgtrigger.F("new__vat_category"))
                    | pgtrigger.Q(old__vat_rate__df=pgtrigger.F("new__vat_rate"))
                    | pgtrigger.Q(old__net_amount__df=pgtrigger.F("new__net_amount"))
                    | pgtrigger.Q(old__vat_amount__df=pgtrigger.F("new__vat_amount"))
                    | pgtrigger.Q(old__gross_amount__df=pgtrigger.F("new__gross_amount"))
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                name="invoice_number_unique",
                violation_error_code="number_taken",
                violation_error_message="This invoice number is already given.",
            ),
            models.UniqueConstraint(
                fields=["member", "period_start"],
                name="invoice_once_a_month",
                violation_error_code="month_billed",
                violation_error_message="This member already has an invoice for that month.",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", number__isnull=True, issued_on__isnull=True)
                | Q(state="issued", number__isnull=False, issued_on__isnull=False, due_on__isnull=False),
                name="invoice_issued_whole",
                violation_error_code="invoice_state",
                violation_error_message="An issued invoice has its number and dates; a draft has none.",
            ),
            models.CheckConstraint(
                condition=Q(gross_amount=F("net_amount") + F("vat_amount")),
                name="invoice_sum_true",
                violation_error_code="invoice_sum",
                violation_error_message="Net and VAT must add up to the total.",
            ),
            models.CheckConstraint(
                condition=~Q(collection="paid") | Q(paid_at__isnull=False),
                name="invoice_paid_has_time",
                violation_error_code="paid_state",
                violation_error_message="A paid invoice has its time.",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "collection"], name="invoice_collection"),
            models.Index(fields=["-period_start", "-id"], name="invoice_list"),
            models.Index(fields=["member", "-period_start", "-id"], name="invoice_list_of_member"),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.period_start:%Y-%m}"

    def standing(self, today: dt.date) -> str:
        """In one word, for people: draft, paid, overdue, or how far the money is."""
        if self.state == self.State.DRAFT:
            return "draft"
        settled = self.collection in {self.Collection.PAID, self.Collection.VOID, self.Collection.PROCESSING}
        if not settled and self.due_on is not None and self.due_on < today:
            return "overdue"
        return "open" if self.collection in {"none", "pushing"} else self.collection


class InvoiceLine(models.Model):
    """All charges of a kind at a node and unit price, rounded once. Its charges are the picks behind it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    description = models.CharField(max_length=200)
    quantity = models.IntegerField()
    unit = models.CharField(max_length=20)
    unit_price = models.DecimalField(max_digits=14, decimal_places=6)
    net_amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "position"],
                name="invoice_line_position_unique",
                violation_error_code="position_taken",
                violation_error_message="Two lines cannot have the same place.",
            ),
        ]

    def __str__(self) -> str:
        return self.description


class InvoiceDocument(models.Model):
    """A file that was given out with an invoice, kept for good. Stored under its SHA-256, so a half-written one is never found."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        ANNEX = "annex", "CSV annex"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    file = models.CharField(max_length=200, help_text="Name in the storage")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "kind"],
                name="invoice_document_once",
                violation_error_code="document_made",
                violation_error_message="This document is already made.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.invoice_id}"


tracked()(Issuer)
