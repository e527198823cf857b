"""Double-entry books: accounts, journal entries, postings. An entry's postings sum to zero, or it does not commit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import append_only
from coop.models import Member


class Account(models.Model):
    """A place where amounts gather. Receivables are kept per member."""

    class Kind(models.TextChoices):
        RECEIVABLE = "receivable", "receivable"
        REVENUE = "revenue", "revenue"
        VAT = "vat", "VAT owed"
        CLEARING = "clearing", "money on its way"
        BANK = "bank", "bank"
        FEES = "fees", "payment fees"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, default="EUR")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="receivable", member__isnull=False)
                | (~Q(kind="receivable") & Q(member__isnull=True)),
                name="account_receivable_of_member",
                violation_error_code="account_member",
                violation_error_message="A receivable belongs to a member; other accounts to nobody.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class JournalEntry(models.Model):
    """One event in the books. `source_id` is what it came from; one source has one entry of a kind."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "invoice issued"
        PAYMENT = "payment", "payment received"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    source_id = models.UUIDField()
    day = models.DateField()
    memo = models.CharField(max_length=200)
    posted_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-posted_at"]
        verbose_name_plural = "journal entries"
        triggers = append_only()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_id"],
                name="journal_entry_once_per_source",
                violation_error_code="already_posted",
                violation_error_message="This is already in the books.",
            ),
        ]
        indexes = [models.Index(fields=["-posted_at", "-id"], name="journal_entry_list")]

    def __str__(self) -> str:
        return self.memo


class Posting(models.Model):
    """This amount was posted to this account: debit positive, credit negative.

    A deferred constraint trigger refuses at COMMIT an entry whose postings do not sum to zero in each currency.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(JournalEntry, db_index=False, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)

    class Meta:
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="posting_of_something",
                violation_error_code="posting_zero",
                violation_error_message="A posting of nothing says nothing.",
            ),
        ]
        # The page of an account walks the entries in their order and takes its postings of each.
        indexes = [models.Index(fields=["entry", "account"], name="posting_of_entry")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} on {self.account_id}"
