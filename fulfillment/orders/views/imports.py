"""Bringing orders in: upload, map, preview; then a job. And the mappings that were kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.jobs import services as jobs
from coop.jobs.models import Job
from coop.kernel.errors import DomainError
from coop.members.doors import MemberDoor, portal
from coop.tables import Table, csv_response, read_table
from coop.web.forms import refuse
from fulfillment.orders import services
from fulfillment.orders.forms import MappingForm, UploadForm
from fulfillment.orders.job_handlers import KIND, mapping_of
from fulfillment.orders.mapping import OrderMapping, guess
from fulfillment.orders.models import ColumnMapping
from fulfillment.orders.planning import Plan

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
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            table = read_table(file, file.name)
            mapping = _first_mapping(door, form.cleaned_data["mapping"], table)
            job = jobs.prepare_job(
                kind=KIND,
                title=f"Orders from {file.name}",
                member=door.member,
                by=door.user,
                upload=file,
                options={**_kept(mapping), "filename": file.name, "rows": len(table.rows)},
            )
        except DomainError as error:
            refuse(form, error)
        else:
            return redirect("portal:order-import-map", member=door.member.slug, job=job.pk)
    context = {
        "form": form,
        "sample": sample,
        "mappings": mappings,
        "back": reverse("portal:order-list", args=[door.member.slug]),
    }
    return render(
        request, "fulfillment/orders/import_upload.html", context, status=422 if form.errors else 200
    )


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
    if request.method == "POST" and form.is_valid():
        try:
            _keep(door, found, form)
        except DomainError as error:
            refuse(form, error)
        else:
            return redirect("portal:order-import-preview", member=door.member.slug, job=found.pk)
    context = {
        "form": form,
        "job": found,
        "headers": table.headers,
        "rows": table.rows[:3],
        "notes": table.notes,
    }
    return render(request, "fulfillment/orders/import_map.html", context, status=422 if form.errors else 200)


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
    rows = [(p.row, p.field, p.value, p.problem, p.remedy) for p in plan.problems]
    return csv_response("rows-to-mend.csv", ("row", "field", "value", "problem", "remedy"), rows)


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
    context = {
        "base": "base_portal.html",
        "title": f"Delete the mapping “{found.name}”?",
        "what": "Orders that came through it stay. The next file of this shop is guessed anew.",
        "label": "Delete the mapping",
        "back_url": back,
    }
    return render(request, "confirm.html", context)


def _first_mapping(door: MemberDoor, chosen: str, table: Table) -> OrderMapping:
    if chosen:
        saved = door.get(ColumnMapping, chosen)
        return OrderMapping.of(saved.columns, saved.options)
    return guess(table.headers, [row.values for row in table.rows[:200]], country=door.member.country)


def _kept(mapping: OrderMapping) -> dict[str, Any]:
    return {"columns": dict(mapping.columns), "mapping": mapping.options}


def _keep(door: MemberDoor, job: Job, form: MappingForm) -> None:
    mapping = form.mapping()
    jobs.change_options(job=job, options=_kept(mapping))
    if name := form.cleaned_data["save_as"].strip():
        services.save_mapping(
            member=door.member, name=name, columns=mapping.columns, options=mapping.options, by=door.user
        )


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
