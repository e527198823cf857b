"""Invoices: numbered, frozen, and explained down to one pick."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import Count, F, Q, Sum

from billing.charges.models import ChargeQuerySet
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
    `state` says what the document is; how far its money is, is another room's to say (payments).
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        ISSUED = "issued", "issued"

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
                condition=pgtrigger.Q(old__state="issued"),
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
        ]
        indexes = [
            models.Index(fields=["-number", "-id"], name="invoice_list"),
            models.Index(fields=["period_start", "-number", "-id"], name="invoice_list_of_month"),
            models.Index(fields=["member", "-period_start", "-id"], name="invoice_list_of_member"),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.period_start:%Y-%m}"

    def lines_by_node(self) -> list[dict[str, Any]]:
        """For pages: the nodes in the order of the lines, each with its name, its lines and their total."""
        nodes: dict[Any, dict[str, Any]] = {}
        for line in self.lines.select_related("node"):
            node = nodes.setdefault(line.node_id, {"name": line.node.name, "total": Decimal(0), "lines": []})
            node["lines"].append(line)
            node["total"] += line.net_amount
        return list(nodes.values())


class InvoiceLineQuerySet(models.QuerySet["InvoiceLine"]):
    def of(self, member: Member) -> InvoiceLineQuerySet:
        """Those of a member's issued invoices."""
        return self.filter(invoice__member=member, invoice__state="issued")

    def numbers(self) -> dict[UUID, str]:
        """The number of each line's invoice by the line's id; drafts have none."""
        issued = self.filter(invoice__state="issued")
        return {line: number or "" for line, number in issued.values_list("pk", "invoice__number")}


class InvoiceLine(models.Model):
    """All charges of a kind at a node and unit price, rounded once. Its charges are the picks behind it.

    A charge names its line by id; that the line is there, is a foreign key of the database's own (billing_charge).
    """

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

    objects = InvoiceLineQuerySet.as_manager()

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

    def charges_behind(self, charges: ChargeQuerySet) -> ChargeQuerySet:
        """Those of `charges` that the line took up; for a draft's line, those that it would."""
        invoice = self.invoice
        if invoice.state == Invoice.State.ISSUED:
            return charges.filter(invoice_line_id=self.pk)
        return charges.on_no_invoice().filter(
            member=invoice.member_id,
            day__lte=invoice.period_end,
            currency=invoice.currency,
            node=self.node_id,
            kind=self.kind,
            unit_price=self.unit_price,
        )


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
