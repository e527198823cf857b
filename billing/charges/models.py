"""Work, priced: one charge for one activity."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Count, Q, Sum

from billing.rates.models import Rate
from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import no_truncate
from coop.models import Member, Node
from fulfillment.models import Activity, Kind


class ChargeQuerySet(models.QuerySet["Charge"]):
    def of(self, member: Member) -> ChargeQuerySet:
        return self.filter(member=member)

    def between(self, first: dt.date, last: dt.date) -> ChargeQuerySet:
        """Of work done on these days, both included."""
        return self.filter(day__gte=first, day__lte=last)

    def per_day(self) -> dict[dt.date, Decimal]:
        """What each day's work costs."""
        return dict(self.order_by("day").values_list("day").annotate(amount=Sum("amount")))

    def per_kind_and_node(self) -> list[dict[str, Any]]:
        """One row for each kind and node: kind, node_id, node__name, node__slug, pieces, quantity, amount."""
        return list(
            self.values("kind", "node_id", "node__name", "node__slug")
            .annotate(pieces=Count("id"), total_quantity=Sum("quantity"), total=Sum("amount"))
            .order_by("node__name", "-total")
        )

    def in_all(self) -> tuple[Decimal, int]:
        """(their sum, how many they are)."""
        found = self.aggregate(total=Sum("amount"), pieces=Count("id"))
        return found["total"] or Decimal(0), found["pieces"]

    def open_by_member(self, until: dt.date) -> list[dict[str, Any]]:
        """What is on no invoice yet, of work up to that day: one row for each member and currency."""
        open_rows: models.QuerySet[Any] = self.on_no_invoice().filter(day__lte=until)
        return list(
            open_rows.values("member_id", "member__name", "member__currency", "currency")
            .annotate(total_quantity=Sum("quantity"), total=Sum("amount"))
            .order_by("member__name")
        )

    def on_no_invoice(self) -> ChargeQuerySet:
        """Those that no invoice has taken up yet."""
        return self.filter(invoice_line_id__isnull=True)

    def with_work(self) -> ChargeQuerySet:
        """With all that a list of work shows."""
        return self.select_related("activity__sku", "node")


class Charge(models.Model):
    """One activity at its price. `amount` = quantity × unit_price, unrounded (6 places); rounding happens at the invoice line.

    Nothing of a charge changes any more but the invoice line that takes it up, once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    activity = models.OneToOneField(Activity, on_delete=models.PROTECT, related_name="charge")
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    day = models.DateField()
    rate = models.ForeignKey(Rate, on_delete=models.PROTECT, related_name="+")
    quantity = models.IntegerField()
    unit_price = models.DecimalField(max_digits=14, decimal_places=6)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    currency = models.CharField(max_length=3)
    # The room above knows what a line is; here it is its id. The database holds the foreign key all the same.
    invoice_line_id = models.UUIDField(null=True, blank=True)
    rated_at = models.DateTimeField(default=clock.now, editable=False)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            no_truncate(),
            pgtrigger.ReadOnly(name="only_invoiced_once", exclude=["invoice_line_id"]),
            pgtrigger.Protect(
                name="invoiced_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__invoice_line_id__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=models.F("quantity") * models.F("unit_price")),
                name="charge_amount_is_product",
                violation_error_code="charge_amount",
                violation_error_message="A charge is its quantity times its unit price.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member", "-day", "-id"],
                condition=Q(invoice_line_id__isnull=True),
                name="charge_list_open",
            ),
            models.Index(fields=["member", "-day", "-id"], name="charge_member_day"),
            models.Index(fields=["invoice_line_id", "-day", "-id"], name="charge_list_of_line"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.unit_price} {self.currency}"
