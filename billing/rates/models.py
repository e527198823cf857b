"""What work costs: dated rate cards."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, UUIDField, Value
from django.db.models.functions import Cast, Coalesce

from coop.kernel import clock
from coop.kernel.history import tracked
from coop.kernel.ids import uuid7
from coop.models import Member, Node, StorageClass
from fulfillment.models import Kind

_EVERYBODY = "00000000-0000-0000-0000-000000000000"


class RateCardQuerySet(models.QuerySet["RateCard"]):
    def of(self, member: Member) -> RateCardQuerySet:
        """The cards that can price this member's work: their own and the common ones."""
        return self.filter(Q(member=member) | Q(member__isnull=True))

    def on(self, day: dt.date) -> RateCardQuerySet:
        """In force on that day."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)

    def in_order(self) -> RateCardQuerySet:
        """A member's own card first, then the common one; the newest first."""
        return self.order_by(F("member").asc(nulls_last=True), "-valid_from")


class RateCard(models.Model):
    """The prices of one stretch of time, for everybody or for one member. A member's own card goes before the common one.

    Days are the node's day of the work; `valid_until` is the last day, empty means until further notice. Two cards for
    the same members never overlap.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, related_name="rate_cards"
    )
    currency = models.CharField(max_length=3, default="EUR")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = RateCardQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="rate_card_days_in_order",
                violation_error_code="days_order",
                violation_error_message="A rate card ends after it begins.",
            ),
            ExclusionConstraint(
                name="rate_card_no_overlap",
                expressions=[
                    (
                        Coalesce("member", Cast(Value(_EVERYBODY), UUIDField())),
                        RangeOperators.EQUAL,
                    ),
                    (
                        Func(
                            "valid_from",
                            "valid_until",
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_code="card_overlap",
                violation_error_message="Another rate card is in force on some of these days. End that one first.",
            ),
        ]
        indexes = [models.Index(fields=["-valid_from", "-id"], name="rate_card_list")]

    def __str__(self) -> str:
        return self.name


class Rate(models.Model):
    """The price of one unit of a kind of work. The most specific rate wins: node and storage class, then node, then class."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    card = models.ForeignKey(RateCard, on_delete=models.CASCADE, related_name="rates")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    node = models.ForeignKey(Node, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    storage_class = models.CharField(max_length=10, choices=StorageClass.choices, blank=True)
    unit_price = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        ordering = ["card", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["card", "kind", "node", "storage_class"],
                name="rate_once",
                nulls_distinct=False,
                violation_error_code="rate_twice",
                violation_error_message="This card already has a price for that.",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0),
                name="rate_not_negative",
                violation_error_code="price_negative",
                violation_error_message="A price cannot be negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.unit_price}"


tracked()(RateCard)
tracked()(Rate)
