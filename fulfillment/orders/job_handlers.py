"""The import of orders as a job: what was planned for the preview is planned again, and then done."""

from __future__ import annotations

from coop.jobs import handlers as jobs
from coop.jobs.models import Job
from coop.jobs.reporting import Report
from coop.kernel.errors import Invalid
from coop.tables import read_table
from fulfillment.orders.mapping import OrderMapping
from fulfillment.orders.services import import_orders, plan_import

KIND = "orders.import"


def mapping_of(job: Job) -> OrderMapping:
    """The mapping that a job in preview, or one that runs, was given."""
    return OrderMapping.of(job.options.get("columns", {}), job.options.get("mapping", {}))


@jobs.handler(
    KIND, on_cancel="Stops after the current 500 orders; those that are in stay, each of them whole."
)
def run(job: Job, report: Report) -> None:
    """Import the job's file through its mapping."""
    if job.member is None or not job.upload:
        raise Invalid("This import has no file.")
    mapping = mapping_of(job)
    with job.upload.open("rb") as file:
        table = read_table(file, job.title)
    plan = plan_import(member=job.member, table=table, mapping=mapping)
    done = import_orders(
        member=job.member,
        plan=plan,
        mapping=mapping,
        skip_broken=bool(job.options.get("skip_broken")),
        report=report,
        by=job.started_by,
    )
    report.say(str(done), result_url=job.options.get("orders_url", ""))
