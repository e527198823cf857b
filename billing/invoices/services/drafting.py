"""Drafts: what each member would be invoiced for a month, as often as one likes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from billing import months
from billing.charges.models import Charge
from billing.invoices import vat
from billing.invoices.errors import NoIssuer
from billing.invoices.models import Invoice, InvoiceLine, Issuer
from coop.kernel.acts import act
from coop.kernel.ids import derived
from coop.kernel.locks import lock_rows, one_at_a_time
from coop.kernel.money import round_amount
from coop.models import Member, Node
from fulfillment.activity.models import UNITS
from fulfillment.models import Kind

_KIND_ORDER = {kind: place for place, kind in enumerate(Kind.values)}


@dataclass(frozen=True)
class Group:
    """The uninvoiced charges of one member that make one line."""

    member_id: UUID
    node_id: UUID
    kind: str
    unit_price: Decimal
    quantity: int
    amount: Decimal


@act
def draft_invoices(*, month: dt.date) -> list[Invoice]:
    """Draw the drafts of a month anew: each member's uninvoiced charges of that month and of months before it.

    A draft is a proposal: redrawing replaces it (under the same id), and only issuing takes the charges up. Members
    whose invoice of the month is issued keep their later charges for the next month; so do members whose charges sum
    to nothing or less. Raises NoIssuer.
    """
    issuer = the_issuer()
    start, end = months.first_day(month), months.last_day(month)
    # Two who redraw at once would meet in the unique key; the second waits and draws again.
    one_at_a_time(f"billing.drafting.{start}")
    _delete_drafts(start)
    issued = set(Invoice.objects.filter(period_start=start).values_list("member_id", flat=True))
    by_member: dict[UUID, list[Group]] = defaultdict(list)
    for group in _open_groups(end):
        if group.member_id not in issued:
            by_member[group.member_id].append(group)
    members = Member.objects.in_bulk(list(by_member))
    nodes = Node.objects.in_bulk()
    drafts: list[Invoice] = []
    lines: list[InvoiceLine] = []
    for member_id, groups in by_member.items():
        draft, its_lines = _draw(issuer, members[member_id], start, end, groups, nodes)
        if draft.net_amount > 0:
            drafts.append(draft)
            lines += its_lines
    Invoice.objects.bulk_create(drafts, batch_size=500)
    InvoiceLine.objects.bulk_create(lines, batch_size=1000)
    return drafts


@act
def throw_away_drafts(*, month: dt.date) -> int:
    """Remove the drafts of a month; their charges stay as they are. Returns how many there were."""
    return _delete_drafts(months.first_day(month))


def the_issuer() -> Issuer:
    """The co-op as a legal person. Raises NoIssuer when nobody has entered it."""
    issuer = Issuer.objects.order_by("id").first()
    if issuer is None:
        raise NoIssuer("Invoices need an issuer: enter the co-op's legal name, address and VAT number first.")
    return issuer


def _delete_drafts(start: dt.date) -> int:
    """Locked first: a draft that somebody is issuing meanwhile is issued, not deleted."""
    drafts = lock_rows(Invoice.objects.filter(period_start=start, state=Invoice.State.DRAFT))
    ids = [draft.pk for draft in drafts]
    InvoiceLine.objects.filter(invoice_id__in=ids).delete()
    Invoice.objects.filter(pk__in=ids).delete()
    return len(ids)


def _open_groups(end: dt.date) -> list[Group]:
    rows = (
        Charge.objects.on_no_invoice()
        .filter(day__lte=end)
        .values_list("member_id", "node_id", "kind", "unit_price", "currency", "member__currency")
        .annotate(quantity=Sum("quantity"), amount=Sum("amount"))
        .order_by("member_id")
    )
    # One currency an invoice: a charge in another (the member changed theirs) waits, and the books' page says so.
    return [
        Group(member_id, node_id, kind, unit_price, quantity, amount)
        for member_id, node_id, kind, unit_price, currency, of_member, quantity, amount in rows
        if currency == of_member
    ]


def _draw(
    issuer: Issuer,
    member: Member,
    start: dt.date,
    end: dt.date,
    groups: Iterable[Group],
    nodes: dict[UUID, Node],
) -> tuple[Invoice, list[InvoiceLine]]:
    # Derived, so that a draft drawn again keeps its address, and nothing about it can be told twice under two keys.
    invoice_id = derived("invoice", member.pk, start)
    ordered = sorted(
        groups, key=lambda g: (nodes[g.node_id].name, g.node_id, _KIND_ORDER[g.kind], -g.unit_price)
    )
    lines = [
        _line(invoice_id, position, group, nodes[group.node_id], member.currency)
        for position, group in enumerate(ordered, start=1)
    ]
    treatment = vat.treat(
        seller_country=issuer.country,
        buyer_country=member.country,
        buyer_vat_id=member.vat_id,
        rate=issuer.vat_rate,
    )
    net, tax = vat.tax((line.net_amount for line in lines), treatment, member.currency)
    draft = Invoice(
        id=invoice_id,
        member=member,
        period_start=start,
        period_end=end,
        currency=member.currency,
        vat_category=treatment.category,
        vat_rate=treatment.rate,
        net_amount=net,
        vat_amount=tax,
        gross_amount=net + tax,
    )
    return draft, lines


def _line(invoice_id: UUID, position: int, group: Group, node: Node, currency: str) -> InvoiceLine:
    return InvoiceLine(
        id=derived("invoice-line", invoice_id, group.node_id, group.kind, group.unit_price),
        invoice_id=invoice_id,
        position=position,
        kind=group.kind,
        node=node,
        description=f"{Kind(group.kind).label.capitalize()} · {node.name}",
        quantity=group.quantity,
        unit=UNITS[group.kind],
        unit_price=group.unit_price,
        net_amount=round_amount(group.amount, currency),
    )
