"""A month of invoices, issued while somebody watches."""

from __future__ import annotations

from django.urls import reverse

from billing import months
from billing.invoices.models import Invoice
from billing.invoices.services import issue_month
from billing.words import amount_of
from coop.jobs import handlers as jobs
from coop.jobs.models import Job
from coop.jobs.reporting import Report
from coop.kernel.errors import DomainError, Invalid


@jobs.handler(
    "invoices.issue_month",
    on_cancel="Stops after the current invoice; what is issued stays issued.",
    words=jobs.Words(rows="Drafts gone through", created="Issued", updated="", failed="Refused", row="No."),
)
def issue_invoices(job: Job, report: Report) -> None:
    """Issue every draft of the month. Run again it goes on with the drafts that are left."""
    month = months.parse(str(job.options.get("month", "")))
    if month is None:
        raise Invalid("This job does not say which month.")
    report.total(Invoice.objects.filter(period_start=month, state=Invoice.State.DRAFT).count())

    def tell(invoice: Invoice, problem: DomainError | None) -> bool:
        if problem is None:
            report.created(1)
        else:
            report.failure(
                row=report.rows_done + 1,
                field="invoice",
                value=invoice.member.name,
                problem=problem.message,
                remedy="Draw the drafts of the month again and issue what is left.",
            )
        report.progress(1)
        return not report.cancelled()

    outcome = issue_month(month=month, by=job.started_by, report=tell)
    report.say(
        f"{amount_of(len(outcome.invoices), 'invoice')} issued, {len(outcome.refused)} refused.",
        result_url=f"{reverse('books:month')}?month={month:%Y-%m}",
    )
