"""Issuing: a draft gets its number and becomes a document for good."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F

from billing import months
from billing.charges.models import Charge
from billing.charges.services import put_on_lines
from billing.invoices import vat
from billing.invoices.errors import DraftStale, NothingToIssue
from billing.invoices.events import issued
from billing.invoices.models import Invoice, InvoiceLine, InvoiceSeries, Issuer
from billing.invoices.services.drafting import the_issuer
from billing.ledger import chart
from billing.ledger.models import JournalEntry
from billing.ledger.services import post
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import DomainError
from coop.kernel.locks import lock_rows
from coop.kernel.money import round_amount
from coop.models import Member, User
from coop.runtime import failpoints

failpoints.declare("billing.issuing.numbered", "billing.issuing.posted", "billing.issuing.committed")


@dataclass
class Issued:
    """What became of a month's drafts."""

    invoices: list[Invoice] = field(default_factory=list)
    refused: list[tuple[Invoice, DomainError]] = field(default_factory=list)


def issue_invoice(*, invoice: Invoice, by: User | None) -> Invoice:
    """Give a draft its number, for good: number, copies of seller and buyer, journal entry and what is to be sent.

    All in one transaction, so that a crash leaves a draft or an issued invoice and never a gap. Told again, or by two
    at once, it returns the one that is issued. Raises DraftStale when work was added since the draft was drawn,
    NothingToIssue for a total of zero or less, NoIssuer.
    """
    issued = _issue(invoice=invoice, by=by)
    failpoints.reach("billing.issuing.committed")
    return issued


def issue_month(
    *, month: dt.date, by: User | None, report: Callable[[Invoice, DomainError | None], bool] | None = None
) -> Issued:
    """Issue every draft of a month, each in a transaction of its own, in the order of the members' names.

    `report` is told of each one (and of what refused it) and stops the run by returning False; what is issued stays.
    """
    drafts = Invoice.objects.filter(period_start=months.first_day(month), state=Invoice.State.DRAFT)
    outcome = Issued()
    for draft in drafts.select_related("member").order_by("member__name", "id"):
        problem: DomainError | None = None
        try:
            outcome.invoices.append(issue_invoice(invoice=draft, by=by))
        except DomainError as error:
            problem = error
            outcome.refused.append((draft, error))
        if report is not None and not report(draft, problem):
            break
    return outcome


@act
def _issue(*, invoice: Invoice, by: User | None) -> Invoice:
    locked = lock_rows(Invoice.objects.filter(pk=invoice.pk))
    if not locked:
        raise DraftStale("This draft was thrown away meanwhile. Draw the drafts of the month again.")
    [fresh] = locked
    if fresh.state == Invoice.State.ISSUED:
        return fresh
    issuer = the_issuer()
    member = Member.objects.get(pk=fresh.member_id)
    lines = list(fresh.lines.all())
    if fresh.gross_amount <= 0 or not lines:
        raise NothingToIssue("This invoice comes to nothing; its charges go to the next month.")
    _take_up_charges(fresh, lines)
    day = clock.today(issuer.timezone)
    _refuse_old_terms(fresh, issuer, member)
    fresh.number = _next_number(issuer.number_prefix, day.year)
    failpoints.reach("billing.issuing.numbered")
    fresh.state = Invoice.State.ISSUED
    fresh.issued_on = day
    fresh.due_on = day + dt.timedelta(days=issuer.payment_days)
    fresh.seller = as_seller(issuer, fresh.vat_category)
    fresh.buyer = as_buyer(member)
    fresh.issued_by = by
    fresh.save(
        update_fields=["number", "state", "issued_on", "due_on", "seller", "buyer", "issued_by"],
    )
    _post(fresh, member, lines)
    failpoints.reach("billing.issuing.posted")
    _tell(fresh)
    return fresh


def _take_up_charges(invoice: Invoice, lines: list[InvoiceLine]) -> None:
    """Every open charge of the draft's period onto its line; refuse when they are not those the draft was drawn from."""
    taken = put_on_lines(
        member_id=invoice.member_id,
        until=invoice.period_end,
        currency=invoice.currency,
        lines={line.pk: (line.node_id, line.kind, line.unit_price) for line in lines},
    )
    drawn = {line.pk: (line.quantity, line.net_amount) for line in lines}
    found = {
        line: (quantity, round_amount(amount, invoice.currency)) for line, (quantity, amount) in taken.items()
    }
    left = Charge.objects.on_no_invoice().filter(
        member=invoice.member_id,
        day__lte=invoice.period_end,
        currency=invoice.currency,
    )
    if found != drawn or left.exists():
        raise DraftStale("Work was added since this draft was drawn. Draw the drafts again, then issue.")


def _refuse_old_terms(invoice: Invoice, issuer: Issuer, member: Member) -> None:
    """The member moved or the rate changed since: the draft's VAT would be wrong."""
    now = vat.treat(
        seller_country=issuer.country,
        buyer_country=member.country,
        buyer_vat_id=member.vat_id,
        rate=issuer.vat_rate,
    )
    if (now.category, now.rate) != (invoice.vat_category, invoice.vat_rate):
        raise DraftStale("The VAT of this member changed since this draft was drawn. Draw the drafts again.")


def _next_number(prefix: str, year: int) -> str:
    """The next number of the year's series, whose row stays locked until this transaction ends: no gap, no double."""
    InvoiceSeries.objects.bulk_create([InvoiceSeries(prefix=prefix, year=year)], ignore_conflicts=True)
    [series] = lock_rows(InvoiceSeries.objects.filter(prefix=prefix, year=year))
    InvoiceSeries.objects.filter(pk=series.pk).update(last_number=F("last_number") + 1)
    return f"{prefix}-{year}-{series.last_number + 1:05d}"


def _post(invoice: Invoice, member: Member, lines: list[InvoiceLine]) -> None:
    by_kind: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        by_kind[line.kind] += line.net_amount
    post(
        kind=JournalEntry.Kind.INVOICE,
        source_id=invoice.pk,
        day=_day(invoice),
        memo=f"Invoice {invoice.number} · {member.name}",
        postings=[
            (chart.receivable(member, invoice.currency), invoice.gross_amount),
            *((chart.revenue(kind, invoice.currency), -amount) for kind, amount in by_kind.items()),
            (chart.vat(invoice.currency), -invoice.vat_amount),
        ],
    )


def _tell(invoice: Invoice) -> None:
    """What follows from an issued invoice is heard of once by each."""
    issued.publish(key=f"invoice:{invoice.pk}", payload={"invoice": str(invoice.pk)})


def as_seller(issuer: Issuer, vat_category: str) -> dict[str, str]:
    """The issuer as it is printed, and with it the sentence that the law wants for this VAT category."""
    names = ("legal_name", "street", "postcode", "city", "country", "vat_id", "email", "iban")
    return {name: getattr(issuer, name) for name in names} | {
        "timezone": issuer.timezone,
        "vat_note": vat.note(vat_category),
    }


def as_buyer(member: Member) -> dict[str, str]:
    """The member as printed."""
    names = ("name", "legal_name", "street", "postcode", "city", "country", "vat_id", "email", "slug")
    return {name: getattr(member, name) for name in names}


def _day(invoice: Invoice) -> dt.date:
    if invoice.issued_on is None:
        raise ValueError("a draft has no day")
    return invoice.issued_on
