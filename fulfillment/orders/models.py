"""Orders from the members' shops, and the stock that is promised to them."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.kernel.ledgers import append_only
from coop.models import Bin, Member, Node, Sku, User
from fulfillment.inventory.models import Claim, Stock
from fulfillment.orders import shortages


class ChannelQuerySet(models.QuerySet["Channel"]):
    def of(self, member: Member) -> ChannelQuerySet:
        return self.filter(member=member)


class ColumnMappingQuerySet(models.QuerySet["ColumnMapping"]):
    def of(self, member: Member) -> ColumnMappingQuerySet:
        return self.filter(member=member)


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, member: Member) -> OrderQuerySet:
        return self.filter(member=member)

    def at(self, node: Node) -> OrderQuerySet:
        """Orders that this node has, or had, a part in."""
        return self.filter(Exists(Allocation.objects.filter(order=OuterRef("pk"), node=node)))

    def search(self, words: str) -> OrderQuerySet:
        """By number, buyer's name or buyer's e-mail address."""
        return self.filter(
            Q(number__icontains=words) | Q(buyer_name__icontains=words) | Q(buyer_email__iexact=words)
        )


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def of(self, member: Member) -> OrderLineQuerySet:
        return self.filter(member=member)

    def short(self) -> OrderLineQuerySet:
        """Lines of which some pieces that are still to be sent are promised by no stock."""
        return self.filter(quantity_allocated__lt=F("quantity") - F("quantity_cancelled"))


class LineCutQuerySet(models.QuerySet["LineCut"]):
    def of(self, member: Member) -> LineCutQuerySet:
        return self.filter(member=member)


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def of(self, member: Member) -> AllocationQuerySet:
        return self.filter(member=member)

    def at(self, node: Node) -> AllocationQuerySet:
        return self.filter(node=node)

    def live(self) -> AllocationQuerySet:
        """Those that still promise something, or have kept it."""
        return self.exclude(state="freed")


class Channel(models.Model):
    """Where orders come from: the portal's form, an API key, a CSV of some shop."""

    class Kind(models.TextChoices):
        FORM = "form", "portal form"
        API = "api", "REST"
        CSV = "csv", "CSV import"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=80)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name"],
                name="channel_name_unique",
                violation_error_code="name_taken",
                violation_error_message="You already have a channel of that name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """Which column of a shop's CSV means what: {"our field": "their header"}. Saved once, used every week."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="column_mappings")
    name = models.CharField(max_length=80)
    columns = models.JSONField()
    options = models.JSONField(
        default=dict, help_text="Constants and formats: time zone, date format, currency"
    )
    updated_at = models.DateTimeField(default=clock.now)

    objects = ColumnMappingQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name"],
                name="column_mapping_name_unique",
                violation_error_code="name_taken",
                violation_error_message="You already have a mapping of that name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """What a buyer bought from one member, to be sent from the co-op's nodes.

    `number` is the shop's own; one channel tells the same number once. `ship_by` is the promise (aware), made when the
    order is allocated: the node that sends it says by when.
    """

    class State(models.TextChoices):
        WAITING = (
            "waiting",
            "waiting for stock",
        )  # at least one line could not be allocated; the line says why
        ALLOCATED = "allocated", "allocated"  # every line is promised stock and lies in a node's queue
        PICKING = "picking", "being picked"
        PICKED = "picked", "picked"
        SHIPPED = "shipped", "shipped"
        CANCELLED = "cancelled", "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, db_index=False, on_delete=models.PROTECT, related_name="orders")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="orders")
    number = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    buyer_name = models.CharField(max_length=120)
    buyer_email = models.EmailField(blank=True)
    street = models.CharField(max_length=160)
    postcode = models.CharField(max_length=16)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, default="DE")
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    # Held by a foreign key over member and claim (claim_of_member).
    claim = models.ForeignKey(
        Claim,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="orders",
        db_constraint=False,
        db_index=False,
        help_text="May be promised what is earmarked for it",
    )
    placed_at = models.DateTimeField()
    ship_by = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    shipped_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "channel", "number"],
                name="order_number_unique",
                violation_error_code="number_taken",
                violation_error_message="This channel already told us an order of that number.",
            ),
            models.CheckConstraint(
                condition=(Q(state="shipped") & Q(shipped_at__isnull=False))
                | (~Q(state="shipped") & Q(shipped_at__isnull=True)),
                name="order_shipped_has_time",
                violation_error_code="order_state",
                violation_error_message="A shipped order has its time.",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="order_place_whole",
                violation_error_code="coordinates",
                violation_error_message="A place has a latitude (-90 to 90) and a longitude (-180 to 180), or neither.",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-placed_at", "-id"], name="order_member_placed"),
            models.Index(fields=["placed_at"], condition=Q(state="waiting"), name="order_waiting"),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="order_claim"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """So many of this SKU. What cannot be allocated says why in `shortage` for people and in `shortage_code`
    for the program; what was cut from it stays on record."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    quantity_cancelled = models.PositiveIntegerField(
        default=0, help_text="Pieces that are not sent after all"
    )
    quantity_allocated = models.PositiveIntegerField(default=0)
    quantity_shipped = models.PositiveIntegerField(default=0)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    shortage = models.CharField(max_length=200, blank=True)
    shortage_code = models.CharField(max_length=10, choices=shortages.CHOICES, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "sku"],
                name="order_line_sku_once",
                violation_error_code="sku_twice",
                violation_error_message="This SKU is already in the order; change its quantity there.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="order_line_of_something",
                violation_error_code="quantity_zero",
                violation_error_message="Order at least one piece.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("quantity_allocated") + F("quantity_cancelled"))
                & Q(quantity_shipped__lte=F("quantity_allocated")),
                name="order_line_within_ordered",
                violation_error_code="line_quantities",
                violation_error_message="A line cannot be promised more than was ordered, nor shipped more than was promised.",
            ),
            models.CheckConstraint(
                condition=Q(shortage="", shortage_code="")
                | (~Q(shortage="") & Q(shortage_code__in=list(shortages.CHOICES))),
                name="order_line_shortage_has_code",
                violation_error_code="shortage_code",
                violation_error_message="What is said of a line's shortage has its code beside it, and a code its words.",
            ),
        ]
        indexes = [models.Index(fields=["member", "sku"], name="order_line_member_sku")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"

    @property
    def missing(self) -> int:
        """Pieces that are to be sent and that no stock is promised to."""
        return self.quantity - self.quantity_cancelled - self.quantity_allocated


class LineCut(models.Model):
    """So many pieces of a line are not sent after all: when, why, and who said so. Written once, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="cuts")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="cuts")
    quantity = models.PositiveIntegerField()
    why = models.CharField(max_length=200, blank=True)
    cut_at = models.DateTimeField(default=clock.now)
    cut_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = LineCutQuerySet.as_manager()

    class Meta:
        ordering = ["cut_at", "id"]
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="line_cut_of_something",
                violation_error_code="quantity_zero",
                violation_error_message="Cut at least one piece.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id} cut"


class Allocation(models.Model):
    """Stock in a bin, promised to an order line. While `queued` it lies in its node's one pooled queue.

    `ship_by` is its node's own promise, so that the queue sorts without a join; the order's is the latest of them.
    After the pick the goods lie in the node's packing bin and `stock` points there; `bin` stays the shelf.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "in the queue"
        WAVED = "waved", "in a wave"
        PICKED = "picked", "picked"
        SHIPPED = "shipped", "shipped"
        FREED = "freed", "freed"  # cancelled or short: promises nothing any more

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="allocations")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="allocations")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="allocations")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    ship_by = models.DateTimeField(null=True, blank=True)
    allocated_at = models.DateTimeField(default=clock.now)
    allocated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = AllocationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(state="freed"),
                name="allocation_of_something",
                violation_error_code="quantity_zero",
                violation_error_message="An allocation promises at least one piece.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["node", "ship_by", "id"], condition=Q(state="queued"), name="allocation_queue"
            ),
            models.Index(
                fields=["node", "state", "order"],
                condition=Q(state__in=["queued", "waved", "picked"]),
                name="allocation_on_the_floor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id} for {self.order_id} ({self.state})"
