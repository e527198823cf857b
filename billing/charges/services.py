"""Rating: every activity becomes one charge; issuing puts charges on the lines of an invoice. The only writer of charges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from billing.charges import rating
from billing.charges.models import Charge
from billing.rates.models import Rate
from coop.kernel import clock
from coop.kernel.acts import act, act_of_one_statement
from coop.kernel.locks import one_at_a_time
from coop.runtime import failpoints
from fulfillment.models import Activity

failpoints.declare("billing.rating.read", "billing.rating.written", "billing.rating.committed")

RATING = "billing.rating"
_COLUMNS = (
    "id",
    "member_id",
    "node_id",
    "kind",
    "storage_class",
    "quantity",
    "day",
    "member__currency",
    "reverses_id",
)


# The open charges of a member that fit a line of theirs are put on it, and counted while they are.
_PUT_ON_LINES = """
WITH line AS (
    SELECT * FROM unnest(%(lines)s::uuid[], %(nodes)s::uuid[], %(kinds)s::text[], %(prices)s::numeric[])
               AS given (id, node_id, kind, unit_price)),
taken AS (
    UPDATE billing_charge c SET invoice_line_id = line.id
      FROM line
     WHERE c.member_id = %(member)s AND c.day <= %(until)s
       AND c.currency = %(currency)s AND c.invoice_line_id IS NULL
       AND c.node_id = line.node_id AND c.kind = line.kind AND c.unit_price = line.unit_price
    RETURNING c.invoice_line_id, c.quantity, c.amount)
SELECT invoice_line_id, sum(quantity), sum(amount) FROM taken GROUP BY invoice_line_id
"""


@dataclass(frozen=True)
class Unrated:
    """Work without a charge: `waiting` has a price and is rated next time, `unpriced` has none."""

    waiting: list[rating.Work]
    unpriced: list[rating.Unpriced]


def rate_activities(*, limit: int = 5000) -> int:
    """Charge all work that has no charge yet, `limit` activities a transaction. Returns how many were charged.

    Killed half-way, run late or twice at once, each activity is charged once: a chunk commits whole or not at all, and
    a second charge for an activity is refused by its unique key. Work without a price stays uncharged (see
    `unrated_work`) and is tried again by the next call.
    """
    charged, after, seen = 0, None, limit
    while seen == limit:
        made, seen, after = _rate_chunk(after=after, limit=limit)
        failpoints.reach("billing.rating.committed")
        charged += made
    return charged


def unrated_work(*, limit: int = 1000) -> Unrated:
    """The first `limit` activities without a charge, told apart: those that wait and those that have no price."""
    work = _without_charge(None, limit)
    charged, unpriced = rating.rate(work, price_list(), _prices_charged(work))
    return Unrated(waiting=[one.work for one in charged], unpriced=unpriced)


@act_of_one_statement
def put_on_lines(
    *, member_id: UUID, until: dt.date, currency: str, lines: Mapping[UUID, tuple[UUID, str, Decimal]]
) -> dict[UUID, tuple[int, Decimal]]:
    """Put a member's open charges of work up to `until` on the invoice lines they fit, for good.

    `lines` says of each line's id the node, the kind of work and the unit price. Returns what was taken up by each
    line: (quantity, amount not rounded); a line that no charge fits is not in it. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT_ON_LINES,
            {
                "member": member_id,
                "until": until,
                "currency": currency,
                "lines": list(lines),
                "nodes": [node for node, _, _ in lines.values()],
                "kinds": [kind for _, kind, _ in lines.values()],
                "prices": [price for _, _, price in lines.values()],
            },
        )
        return {line: (int(quantity), amount) for line, quantity, amount in cursor.fetchall()}


def price_list() -> rating.PriceList:
    """All rate cards as rating reads them."""
    cards: dict[UUID, rating.Card] = {}
    prices: dict[UUID, dict[rating.Key, rating.Price]] = {}
    rows = Rate.objects.order_by("card_id").values_list(
        "id",
        "kind",
        "node_id",
        "storage_class",
        "unit_price",
        "card_id",
        "card__member_id",
        "card__currency",
        "card__valid_from",
        "card__valid_until",
    )
    for rate_id, kind, node_id, storage_class, unit_price, card_id, member_id, currency, first, last in rows:
        mapping = prices.setdefault(card_id, {})
        mapping[(kind, node_id, storage_class)] = rating.Price(rate_id, unit_price, currency)
        if card_id not in cards:
            cards[card_id] = rating.Card(member_id, currency, first, last, mapping)
    return rating.PriceList.of(cards.values())


@act
def _rate_chunk(*, after: UUID | None, limit: int) -> tuple[int, int, UUID | None]:
    """Charge the next `limit` activities after that id: (charged, seen, the last id seen)."""
    # Two raters would only do the same work twice; the unique key on the activity is what keeps it right.
    one_at_a_time(RATING)
    work = _without_charge(after, limit)
    failpoints.reach("billing.rating.read")
    if not work:
        return 0, 0, after
    charged, _ = rating.rate(work, price_list(), _prices_charged(work))
    _write(charged)
    failpoints.reach("billing.rating.written")
    return len(charged), len(work), work[-1].activity_id


def _without_charge(after: UUID | None, limit: int) -> list[rating.Work]:
    """The oldest work that has no charge: ids are time-ordered, so that a reversal comes after what it reverses."""
    rows = Activity.objects.filter(charge__isnull=True)
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [rating.Work(*row) for row in rows.order_by("id").values_list(*_COLUMNS)[:limit]]


def _prices_charged(work: Iterable[rating.Work]) -> dict[UUID, rating.Price]:
    """The prices at which the originals of these reversals were charged."""
    reversed_ids = [one.reverses_id for one in work if one.reverses_id is not None]
    if not reversed_ids:
        return {}
    rows = Charge.objects.filter(activity_id__in=reversed_ids)
    return {
        activity_id: rating.Price(rate_id, unit_price, currency)
        for activity_id, rate_id, unit_price, currency in rows.values_list(
            "activity_id", "rate_id", "unit_price", "currency"
        )
    }


def _write(charged: Iterable[rating.Charged]) -> None:
    now = clock.now()
    Charge.objects.bulk_create(
        [
            Charge(
                activity_id=one.work.activity_id,
                member_id=one.work.member_id,
                node_id=one.work.node_id,
                kind=one.work.kind,
                day=one.work.day,
                rate_id=one.price.rate_id,
                quantity=one.work.quantity,
                unit_price=one.price.unit_price,
                amount=one.amount,
                currency=one.price.currency,
                rated_at=now,
            )
            for one in charged
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
