"""How far the money of each invoice is; Stripe, mirrored: who the member is there, what it told us, and the money that came."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from billing.invoices.models import Invoice
from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.models import Member


class CollectionQuerySet(models.QuerySet["Collection"]):
    def of(self, member: Member) -> CollectionQuerySet:
        return self.filter(invoice__member=member)


class Collection(models.Model):
    """How far the money of an issued invoice is: asked for, on its way, here. Each issued invoice has exactly one, for good.

    The row is written by a trigger of the database (`invoice_is_collected`) in the transaction that issues the invoice:
    no moment and no crash lies between the two, and issuing need not know who collects. Nothing removes it or gives
    it to another invoice. `stripe_id` and `pay_url` are "" until Stripe has the invoice; `note` says why it failed or
    needs a person.
    """

    class State(models.TextChoices):
        NONE = "none", "not yet asked for"
        PUSHING = "pushing", "on its way to Stripe"
        OPEN = "open", "open"
        PROCESSING = "processing", "payment on its way"
        PAID = "paid", "paid"
        FAILED = "failed", "payment failed"
        VOID = "void", "void"
        ATTENTION = "attention", "needs attention"

    invoice = models.OneToOneField(
        Invoice, primary_key=True, on_delete=models.PROTECT, related_name="collection"
    )
    # The trigger names the invoice alone, so that the others have their defaults in the database.
    state = models.CharField(max_length=10, choices=State.choices, default=State.NONE, db_default=State.NONE)
    note = models.CharField(max_length=300, blank=True, default="", db_default="")
    stripe_id = models.CharField(max_length=60, blank=True, default="", db_default="")
    pay_url = models.URLField(max_length=500, blank=True, default="", db_default="")
    paid_at = models.DateTimeField(null=True, blank=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="collection_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="collection_of_its_invoice", fields=["invoice"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False),
                name="collection_paid_has_time",
                violation_error_code="paid_state",
                violation_error_message="A paid invoice has its time.",
            ),
        ]
        indexes = [models.Index(fields=["state"], name="collection_state")]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.invoice_id}"


class StripeCustomer(models.Model):
    """The member as Stripe knows it. Written before Stripe is asked, so that what is asked for has a number (`asked`).

    `former_ids` are customers of this member that somebody deleted at Stripe; old invoices still lie with them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="stripe_customer")
    # NULL, not "": unknown so far, and only NULLs do not collide in a unique key.
    stripe_id = models.CharField(max_length=60, unique=True, null=True, blank=True)
    asked = models.PositiveSmallIntegerField(default=1, help_text="Part of the idempotency key")
    former_ids = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.stripe_id or "not yet known at Stripe"


class StripePush(models.Model):
    """How far an invoice is on its way to Stripe, kept between steps and over crashes.

    `attempt` is part of every idempotency key of the push: it moves on only when nothing can come of the old keys.
    """

    invoice = models.OneToOneField(Invoice, primary_key=True, on_delete=models.PROTECT, related_name="push")
    attempt = models.PositiveSmallIntegerField(default=1)
    draft_id = models.CharField(max_length=60, blank=True)
    begun_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"attempt {self.attempt} for {self.invoice_id}"


class StripeEvent(models.Model):
    """The inbox: a signed event is stored once, answered at once, and worked off later. The payload is only a trigger."""

    class State(models.TextChoices):
        STORED = "stored", "stored"
        APPLIED = "applied", "applied"
        IGNORED = "ignored", "not for us"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stripe_id = models.CharField(max_length=80)
    type = models.CharField(max_length=80)
    api_version = models.CharField(max_length=40, blank=True)
    livemode = models.BooleanField(default=False)
    payload = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.STORED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=clock.now)
    note = models.TextField(blank=True)
    received_at = models.DateTimeField(default=clock.now, editable=False)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_id"],
                name="stripe_event_once",
                violation_error_code="already_received",
                violation_error_message="This event is already stored.",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="stored"), name="stripe_event_due"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"


class PaymentQuerySet(models.QuerySet["Payment"]):
    def of(self, member: Member) -> PaymentQuerySet:
        return self.filter(invoice__member=member)


class Payment(models.Model):
    """Money that came in for an invoice. `external_id` is the payer's side's own, so that it is booked once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    external_id = models.CharField(max_length=80)
    received_at = models.DateTimeField()

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                name="payment_once",
                violation_error_code="already_paid",
                violation_error_message="This payment is already booked.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="payment_of_something",
                violation_error_code="amount_zero",
                violation_error_message="A payment is of more than nothing.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} for {self.invoice_id}"
