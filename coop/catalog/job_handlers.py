"""The product import as a job: all rows or none."""

from __future__ import annotations

from django.urls import reverse

from coop.catalog.plan import parse_defaults
from coop.catalog.services import ProductsRefused, Saved, import_products
from coop.jobs import handlers as jobs
from coop.jobs.models import Job
from coop.jobs.reporting import Report
from coop.kernel.errors import Invalid
from coop.tables import read_table


@jobs.handler("catalog.products", all_or_nothing=True)
def run_import(job: Job, report: Report) -> None:
    """Import the upload with the defaults chosen in its preview (`options["defaults"]`)."""
    if job.member is None:
        raise Invalid("Products are imported for a member.")
    with job.upload.open("rb") as file:
        table = read_table(file, str(job.options.get("filename", job.upload.name)))
    report.total(len(table.rows))

    def note(rows: int, saved: Saved) -> None:
        report.stop_if_cancelled()
        report.progress(rows)
        report.created(saved.created)
        report.updated(saved.updated)

    try:
        outcome = import_products(
            member=job.member,
            table=table,
            defaults=parse_defaults(job.options.get("defaults", {})),
            by=job.started_by,
            on_progress=note,
        )
    except ProductsRefused as refusal:
        for found in refusal.problems:
            report.failure(
                row=found.row,
                field=found.field,
                value=found.value,
                problem=found.problem,
                remedy=found.remedy,
            )
        return
    report.progress(len(table.rows) - len(outcome.plan.planned))
    saved = outcome.saved
    report.say(
        f"{saved.created:,} new, {saved.updated:,} updated, {saved.unchanged:,} as they were.",
        result_url=reverse("portal:sku-list", kwargs={"member": job.member.slug}),
    )
