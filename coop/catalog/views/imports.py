"""Bringing products in: upload, preview, then a job that imports all rows or none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.catalog import services
from coop.catalog.forms import DefaultsForm, UploadForm
from coop.catalog.history import SKU
from coop.catalog.models import Sku
from coop.catalog.plan import Defaults, Plan, Planned, parse_defaults
from coop.catalog.sheet import COLUMNS, sample_rows
from coop.jobs import services as jobs
from coop.jobs.models import Job
from coop.members.doors import MemberDoor, portal
from coop.tables import csv_response, problems_response, read_table
from coop.web.pages import show_form, submit

KIND = "catalog.products"
_SHOWN = 25


@portal(methods=["GET", "POST"])
def product_upload(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Take a product file and look whether it is one."""
    form = UploadForm(request.POST or None, request.FILES or None)
    planned = submit(request, form, lambda told: _prepared(door, told["file"]))
    if planned:
        return redirect("portal:sku-import-preview", member=door.member.slug, job=planned.result.pk)
    context = {"columns": COLUMNS, "back": reverse("portal:sku-list", args=[door.member.slug])}
    return show_form(request, "coop/catalog/import_upload.html", form, context)


@portal()
def product_sample(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Our own sheet with two rows to write over."""
    headers, rows = sample_rows()
    return csv_response("skus-sample.csv", headers, rows)


@portal(methods=["GET", "POST"])
def product_preview(request: HttpRequest, door: MemberDoor, job: UUID) -> HttpResponse:
    """What the import would do; with other defaults; then the import itself."""
    found = door.get(Job, job, kind=KIND)
    if found.state != Job.State.PREVIEW:
        return redirect("jobs:detail", job=found.pk)
    texts = found.options.get("defaults", {})
    plan = _plan(door, found, texts)
    # The last SKU's figures are only a suggestion: nothing is filled in before she has said so.
    initial = texts or DefaultsForm.initial_from(_last(door))
    form = DefaultsForm(request.POST or None, initial=initial, needed=plan.gaps)
    wants_import = request.method == "POST" and request.POST.get("do") == "import"
    if request.method == "POST" and form.is_valid():
        jobs.change_options(job=found, options={"defaults": form.texts()})
        plan = _plan(door, found, form.texts())
        if wants_import and not plan.problems:
            jobs.release_job(job=found)
            return redirect("jobs:detail", job=found.pk)
    refused = wants_import or bool(form.errors)
    context = {**_summary(plan), "form": form, "job": found, "refused": refused}
    return render(request, "coop/catalog/import_preview.html", context, status=422 if refused else 200)


@portal()
def product_problems(request: HttpRequest, door: MemberDoor, job: UUID) -> HttpResponse:
    """Every row that needs another look, to mend in a spreadsheet."""
    found = door.get(Job, job, kind=KIND)
    if found.state != Job.State.PREVIEW:
        # The file is kept for a while only; what an import made of it says its own page.
        return redirect("jobs:detail", job=found.pk)
    plan = _plan(door, found, found.options.get("defaults", {}))
    return problems_response(plan.problems)


def _prepared(door: MemberDoor, file: UploadedFile) -> Job:
    services.plan_import(member=door.member, table=read_table(file, file.name or ""), defaults=Defaults())
    return jobs.prepare_job(
        kind=KIND,
        title=f"Products from {file.name}",
        member=door.member,
        by=door.user,
        upload=file,
        options={"filename": file.name},
    )


def _plan(door: MemberDoor, job: Job, texts: dict[str, str]) -> Plan:
    with job.upload.open("rb") as file:
        table = read_table(file, str(job.options.get("filename", job.upload.name)))
    return services.plan_import(member=door.member, table=table, defaults=parse_defaults(texts))


def _last(door: MemberDoor) -> Sku | None:
    return door.all(Sku).order_by("-created_at", "-id").first()


def _summary(plan: Plan) -> dict[str, Any]:
    """What the preview shows. Rows that only lack what a default would give are the form's matter, not the list's."""
    wrong = [problem for problem in plan.problems if not problem.is_gap]
    create, update = plan.of("create"), plan.of("update")
    gap_rows = {problem.row for problem in plan.problems if problem.is_gap} - {
        problem.row for problem in wrong
    }
    return {
        "plan": plan,
        "create": create[:_SHOWN],
        "create_count": len(create),
        "update": [{"planned": planned, "changes": _spoken(planned)} for planned in update[:_SHOWN]],
        "update_count": len(update),
        "unchanged_count": len(plan.of("unchanged")),
        "problems": wrong[:_SHOWN],
        "problem_rows": len({problem.row for problem in wrong}),
        "problem_count": len(wrong),
        "gap_rows": len(gap_rows),
        "gaps": [(SKU.name_of(name), count) for name, count in plan.gaps.items()],
        "ready": not plan.problems and bool(plan.planned),
        "shown": _SHOWN,
    }


def _spoken(planned: Planned) -> list[tuple[str, str, str]]:
    return [
        (SKU.name_of(name), SKU.spoken(name, old), SKU.spoken(name, new))
        for name, old, new in planned.changes
    ]
