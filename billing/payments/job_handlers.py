from __future__ import annotations

from billing.payments import services
from coop.jobs import handlers as jobs
from coop.jobs.models import Job
from coop.jobs.reporting import Report
from coop.kernel.errors import DomainError
from coop.runtime.outbox import TryLater

RECONCILE = "payments.reconcile"


@jobs.handler(
    RECONCILE,
    on_cancel="Stops before the next invoice; nothing was changed.",
    words=jobs.Words(rows="Invoices compared", created="", updated="", failed="Differences", row="No."),
)
def reconcile(job: Job, report: Report) -> None:  # noqa: ARG001 # every handler gets its job
    """Ask Stripe about every unsettled and every young invoice, and list what differs."""
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        if told == 0:
            report.total(total)
        report.progress(done - told)
        told = done

    try:
        findings = services.compare_with_stripe(progress=progress)
    except TryLater as error:
        raise DomainError(f"Stripe did not answer: {error} Ask again in a while.") from error
    for row, one in enumerate(findings, start=1):
        report.failure(row=row, field=one.what, value=one.about, problem=one.problem, remedy=one.remedy)
    words = "1 difference." if len(findings) == 1 else f"{len(findings)} differences."
    report.say(words if findings else "Stripe and we say the same.", result_url="/books/reconciliation/")
