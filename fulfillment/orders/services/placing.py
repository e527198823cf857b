"""Orders come in: one function for the form, the API and every file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Busy
from coop.kernel.ids import uuid7
from coop.kernel.reasons import Reason
from coop.models import Member, Sku, User
from fulfillment.orders.checking import KnownSku, LineInput, OrderInput, check_orders
from fulfillment.orders.errors import MemberLeft, NumberKnown, OrdersRefused
from fulfillment.orders.models import Channel, Order, OrderLine
from fulfillment.orders.services.allocating import allocate_orders

# Where orders typed by hand come from.
FORM_CHANNEL = "Portal"
_CENT = Decimal("0.01")
_DEGREE = Decimal("0.000001")
# What makes an order that is told again the same order; prices may be rounded otherwise by another export.
_CONTENT = (
    "placed_at", "buyer_name", "buyer_email", "street", "postcode", "city", "country", "note", "latitude", "longitude",
)  # fmt: skip
_BATCH = 2000


@dataclass(frozen=True)
class Placed:
    """What came of it. `known` are numbers that the channel had told before, `changed` those among them that say
    something else now: the order stays as it was."""

    created: list[Order] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@act
def open_channel(*, member: Member, kind: str, name: str) -> Channel:
    """The member's channel of that name; it is made when there is none."""
    channel, _ = Channel.objects.get_or_create(member=member, name=name, defaults={"kind": kind})
    return channel


@act
def place_orders(*, channel: Channel, orders: Sequence[OrderInput]) -> Placed:
    """Place the orders that this channel has not told before, each with its lines; all of them or none.

    They wait until they are allocated. Set-based: the number of statements does not grow with the number of orders.
    Raises OrdersRefused naming every unknown or inactive SKU, bad quantity or missing field, and MemberLeft.
    """
    member = channel.member
    if member.standing == Member.Standing.CLOSED:
        raise MemberLeft(f"{member.name} has left the co-op; its orders are not taken any more.")
    skus = known_skus(member, (line.sku for order in orders for line in order.lines))
    problems = check_orders(orders, skus)
    if problems:
        raise OrdersRefused(problems)
    told: dict[str, OrderInput] = {}
    for order in orders:
        told.setdefault(order.number, order)
    numbers = _numbers_known(channel, told)
    created = insert_orders(channel, [o for o in told.values() if o.number not in numbers], skus)
    new = {row.number for row in created}
    repeated = [order for order in orders if order.number not in new or order is not told[order.number]]
    known = list(dict.fromkeys(order.number for order in repeated))
    return Placed(created=created, known=known, changed=changed_since(channel, repeated))


@act
def take_orders(
    *, member: Member, kind: str, name: str, orders: Sequence[OrderInput], by: User | None
) -> Placed:
    """Place these orders through the member's channel of that name and promise them stock at once; all of it or nothing.

    Stock that somebody else holds for too long does not keep them out: they are in, and wait for the minute's run.
    Raises what `place_orders` raises; then there is no new channel either.
    """
    placed = place_orders(channel=open_channel(member=member, kind=kind, name=name), orders=orders)
    with suppress(Busy):
        allocate_orders(order_ids=[order.pk for order in placed.created], by=by)
    return placed


@act
def place_by_hand(*, member: Member, order: OrderInput, by: User | None) -> Order:
    """Take one order that somebody typed. Raises NumberKnown, OrdersRefused, MemberLeft."""
    placed = take_orders(member=member, kind=Channel.Kind.FORM, name=FORM_CHANNEL, orders=[order], by=by)
    if not placed.created:
        raise NumberKnown(
            "You have an order of this number already. Use another, or look at that one.", field="number"
        )
    return placed.created[0]


def insert_orders(
    channel: Channel,
    orders: Sequence[OrderInput],
    skus: Mapping[str, KnownSku],
    *,
    claim_id: UUID | None = None,
    shortage: Reason | None = None,
) -> list[Order]:
    """Write these checked orders, no number twice, in the caller's transaction; three statements. Returns those that this
    channel had not told before. With a claim they may be promised what is kept for it; `shortage` is why they wait."""
    told = {order.number: order for order in orders}
    created = _insert([_order(channel, order, claim_id) for order in told.values()])
    OrderLine.objects.bulk_create(
        [line for row in created for line in _lines(row, told[row.number], skus, shortage)], batch_size=_BATCH
    )
    return created


def known_skus(member: Member, codes: Iterable[str]) -> dict[str, KnownSku]:
    """The member's SKUs of these codes."""
    rows = Sku.objects.filter(member=member, code__in=set(codes)).values_list("code", "id", "is_active")
    return {code: KnownSku(id=pk, is_active=active) for code, pk, active in rows}


def _numbers_known(channel: Channel, numbers: Iterable[str]) -> set[str]:
    return set(
        Order.objects.filter(
            member_id=channel.member_id, channel=channel, number__in=list(numbers)
        ).values_list("number", flat=True)
    )


def _order(channel: Channel, told: OrderInput, claim_id: UUID | None = None) -> Order:
    return Order(
        id=uuid7(),
        member_id=channel.member_id,
        channel=channel,
        number=told.number,
        buyer_name=told.buyer_name,
        buyer_email=told.buyer_email,
        street=told.street,
        postcode=told.postcode,
        city=told.city,
        country=told.country,
        latitude=_degree(told.latitude),
        longitude=_degree(told.longitude),
        note=told.note,
        claim_id=claim_id,
        placed_at=told.placed_at or clock.now(),
    )


def _degree(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_DEGREE, rounding=ROUND_HALF_UP)


def _insert(rows: list[Order]) -> list[Order]:
    """Insert what nobody else inserted in the same moment; returns what is ours."""
    if not rows:
        return []
    Order.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    landed = set(Order.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return [row for row in rows if row.pk in landed]


def _lines(
    order: Order, told: OrderInput, skus: Mapping[str, KnownSku], shortage: Reason | None = None
) -> Iterable[OrderLine]:
    by_code: dict[str, list[LineInput]] = {}
    for line in told.lines:
        by_code.setdefault(line.sku, []).append(line)
    for code, lines in by_code.items():
        yield OrderLine(
            member_id=order.member_id,
            order_id=order.pk,
            sku_id=skus[code].id,
            quantity=sum(line.quantity for line in lines),
            unit_price=_price(lines),
            shortage=shortage.words if shortage else "",
            shortage_code=shortage.code if shortage else "",
        )


def _price(lines: Sequence[LineInput]) -> Decimal | None:
    """The price of one piece; of lines that add up the average, so that the order's value stays what it was."""
    priced = [(line.unit_price, line.quantity) for line in lines if line.unit_price is not None]
    if not priced:
        return None
    pieces = sum(quantity for _, quantity in priced)
    total = sum((price * quantity for price, quantity in priced), Decimal(0))
    return (total / pieces).quantize(_CENT, rounding=ROUND_HALF_UP)


def changed_since(channel: Channel, repeated: Sequence[OrderInput]) -> list[str]:
    """The numbers among `repeated` that say something else than the order we have."""
    if not repeated:
        return []
    rows = Order.objects.filter(
        member_id=channel.member_id, channel=channel, number__in={order.number for order in repeated}
    )
    have = {row.number: row for row in rows}
    lines: dict[UUID, dict[str, int]] = {row.pk: {} for row in have.values()}
    for order_id, code, quantity in OrderLine.objects.filter(order_id__in=lines).values_list(
        "order_id", "sku__code", "quantity"
    ):
        lines[order_id][code] = quantity
    return list(
        dict.fromkeys(
            told.number
            for told in repeated
            if not _same(have[told.number], told, channel) or lines[have[told.number].pk] != told.quantities
        )
    )


def _same(order: Order, told: OrderInput, channel: Channel) -> bool:
    again = _order(channel, told)
    unsaid = {"placed_at"} if told.placed_at is None else set()
    return all(getattr(order, name) == getattr(again, name) for name in _CONTENT if name not in unsaid)
