"""Bringing orders in: upload, map, preview; then a job. And the mappings that were kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.jobs import services as jobs
from coop.jobs.models import Job
from coop.members.doors import MemberDoor, portal
from coop.tables import Table, csv_response, problems_response, read_table
from coop.web.pages import ask_first, show_form, submit
from fulfillment.orders import services
from fulfillment.orders.forms import MappingForm, UploadForm
from fulfillment.orders.job_handlers import KIND, mapping_of
from fulfillment.orders.mapping import OrderMapping, guess
from fulfillment.orders.models import ColumnMapping
from fulfillment.orders.plan import Plan

_SHOWN = 50
SAMPLE = (
    ("Order number", "Order date", "Recipient", "Email", "Street", "Postcode", "City", "Country", "SKU", "Quantity", "Price",
     "Note"),
    (
        ("#1001", "2026-05-31 14:05", "Ada Lovelace", "ada@example.com", "Weserstraße 7", "12047", "Berlin", "DE", "MUG-1", 2,
         "24.00", ""),
        ("#1001", "2026-05-31 14:05", "Ada Lovelace", "ada@example.com", "Weserstraße 7", "12047", "Berlin", "DE", "BOWL-2", 1,
         "32.00", ""),
        ("#1002", "2026-05-31 15:40", "Grace Hopper", "", "Karl-Marx-Straße 1", "12043", "Berlin", "DE", "MUG-1", 1, "24.00",
         "A gift: no invoice in the box"),
    ),
)  # fmt: skip


@portal(methods=["GET", "POST"])
def import_upload(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Take an order file and look whether it is one."""
    sample = reverse("portal:order-import-sample", args=[door.member.slug])
    mappings = door.all(ColumnMapping)
    form = UploadForm(request.POST or None, request.FILES or None, mappings=mappings, sample=sample)
    prepared = submit(request, form, lambda sent: _prepare(door, **sent))
    if prepared:
        return redirect("portal:order-import-map", member=door.member.slug, job=prepared.result.pk)
    context = {
        "sample": sample,
        "mappings": mappings,
        "back": reverse("portal:order-list", args=[door.member.slug]),
    }
    return show_form(request, "fulfillment/orders/import_upload.html", form, context)


@portal()
def import_sample(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Two orders to write over."""
    return csv_response("orders-sample.csv", *SAMPLE)


@portal(methods=["GET", "POST"])
def import_map(request: HttpRequest, door: MemberDoor, job: UUID) -> HttpResponse:
    """What each column means."""
    found = door.get(Job, job, kind=KIND)
    if found.state != Job.State.PREVIEW:
        return redirect("jobs:detail", job=found.pk)
    table = _table(found)
    form = MappingForm(
        request.POST or None,
        headers=table.headers,
        example=table.rows[0].values if table.rows else {},
        initial=MappingForm.initial_from(mapping_of(found)),
    )

    def keep(told: dict[str, Any]) -> None:
        services.keep_columns(job=found, mapping=form.mapping(), save_as=told["save_as"], by=door.user)

    if submit(request, form, keep):
        return redirect("portal:order-import-preview", member=door.member.slug, job=found.pk)
    context = {"job": found, "headers": table.headers, "rows": table.rows[:3], "notes": table.notes}
    return show_form(request, "fulfillment/orders/import_map.html", form, context)


@portal(methods=["GET", "POST"])
def import_preview(request: HttpRequest, door: MemberDoor, job: UUID) -> HttpResponse:
    """What the import would do; then the import itself."""
    found = door.get(Job, job, kind=KIND)
    if found.state != Job.State.PREVIEW:
        return redirect("jobs:detail", job=found.pk)
    plan = _plan(door, found)
    refused = ""
    if request.method == "POST":
        skip = request.POST.get("skip_broken") == "yes"
        if plan.orders and (skip or not plan.problems):
            orders = reverse("portal:order-list", args=[door.member.slug])
            jobs.release_job(job=found, options={"skip_broken": skip, "orders_url": orders})
            return redirect("jobs:detail", job=found.pk)
        refused = "Nothing was imported: choose whether the broken orders are left out, or mend the file."
    context = {**_summary(plan), "job": found, "refused": refused, "mapping": mapping_of(found)}
    return render(request, "fulfillment/orders/import_preview.html", context, status=422 if refused else 200)


@portal()
def import_problems(request: HttpRequest, door: MemberDoor, job: UUID) -> HttpResponse:
    """Every row that needs another look, to mend in a spreadsheet."""
    found = door.get(Job, job, kind=KIND)
    if found.state != Job.State.PREVIEW:
        # The file is kept for a while only; what an import made of it says its own page.
        return redirect("jobs:detail", job=found.pk)
    plan = _plan(door, found)
    return problems_response(plan.problems)


@portal()
def mapping_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """The mappings that were kept."""
    rows = [(m, OrderMapping.of(m.columns, m.options)) for m in door.all(ColumnMapping).order_by("name")]
    return render(request, "fulfillment/orders/mapping_list.html", {"rows": rows})


@portal(methods=["GET", "POST"])
def mapping_delete(request: HttpRequest, door: MemberDoor, mapping: UUID) -> HttpResponse:
    """Ask, then forget a mapping."""
    found = door.get(ColumnMapping, mapping)
    back = reverse("portal:order-mapping-list", args=[door.member.slug])
    if request.method == "POST":
        services.delete_mapping(mapping=found, by=door.user)
        messages.success(request, f"The mapping “{found.name}” is gone. Orders that came through it stay.")
        return redirect(back)
    return ask_first(
        request,
        area="portal",
        title=f"Delete the mapping “{found.name}”?",
        what="Orders that came through it stay. The next file of this shop is guessed anew.",
        label="Delete the mapping",
        back_url=back,
    )


def _prepare(door: MemberDoor, *, file: UploadedFile, mapping: str) -> Job:
    """A job in preview that waits for its columns to be named. Raises what reading the file raises."""
    name = file.name or ""
    table = read_table(file, name)
    options = services.mapping_options(_first_mapping(door, mapping, table))
    return jobs.prepare_job(
        kind=KIND,
        title=f"Orders from {name}",
        member=door.member,
        by=door.user,
        upload=file,
        options={**options, "filename": name, "rows": len(table.rows)},
    )


def _first_mapping(door: MemberDoor, chosen: str, table: Table) -> OrderMapping:
    if chosen:
        saved = door.get(ColumnMapping, chosen)
        return OrderMapping.of(saved.columns, saved.options)
    return guess(table.headers, [row.values for row in table.rows[:200]], country=door.member.country)


def _table(job: Job) -> Table:
    with job.upload.open("rb") as file:
        return read_table(file, str(job.options.get("filename", job.upload.name)))


def _plan(door: MemberDoor, job: Job) -> Plan:
    return services.plan_import(member=door.member, table=_table(job), mapping=mapping_of(job))


def _summary(plan: Plan) -> dict[str, Any]:
    return {
        "plan": plan,
        "orders": plan.orders[:10],
        "order_count": len(plan.orders),
        "broken_count": len(plan.broken),
        "problems": plan.problems[:_SHOWN],
        "problem_count": len(plan.problems),
        "problem_rows": len({problem.row for problem in plan.problems}),
        "shown": _SHOWN,
    }
