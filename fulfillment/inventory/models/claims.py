"""What is kept for somebody, and what of it there is."""

from __future__ import annotations

from django.db import models

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.models import Member, Node, Sku
from fulfillment.inventory.models.goods import InventoryQuerySet


class Claim(models.Model):
    """Goods spoken for: somebody above (a drop, say) wants pieces kept for its own orders.

    What is received on a claim's shipments is earmarked for it, and only its orders are promised that. Orders, shipments
    and earmarks name the claim; whoever made it points at it. Nothing below looks at who that is: `kind` (a word, such as
    "drop") and `what` (its title when it was made) are for people to read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    what = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    objects = InventoryQuerySet.as_manager()

    class Meta:
        constraints = [
            # Whatever names a claim does so by a foreign key over both columns: no member's goods are kept for another's.
            models.UniqueConstraint(
                fields=["member", "id"],
                name="claim_of_member",
                violation_error_code="claim_twice",
                violation_error_message="These goods are spoken for already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.what}".strip()


class Earmark(models.Model):
    """Pieces of a SKU at a node that only orders with the same `claim` may be promised (a drop's goods).

    It grows with what is received for the claim, up to `planned`. Until it `is_open` nobody is promised any of it. What
    is promised to an order of the claim leaves it; what is left when the claim ends is everybody's again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="earmarks")
    # Held by a foreign key over member and claim (claim_of_member).
    claim = models.ForeignKey(
        Claim,
        on_delete=models.PROTECT,
        related_name="earmarks",
        db_constraint=False,
    )
    planned = models.PositiveIntegerField(default=0, help_text="Pieces that are expected for the claim")
    quantity = models.PositiveIntegerField(default=0)
    is_open = models.BooleanField(default=False, help_text="Orders of the claim may be promised them by now")

    objects = InventoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "claim", "node", "sku"],
                name="earmark_once",
                violation_error_code="earmark_twice",
                violation_error_message="These pieces are kept already.",
            ),
        ]
        indexes = [models.Index(fields=["sku", "node"], name="earmark_sku_node")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id} kept"
