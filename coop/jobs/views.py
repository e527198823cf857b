"""The page of a job: how far it is, what failed, and a way to stop it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.identity.doors import OwnDoor, signed_in
from coop.jobs import handlers, services
from coop.jobs.models import Job, Jobs
from coop.kernel.paging import keyset
from coop.members.doors import MemberDoor
from coop.tables import csv_response
from coop.web.pages import ask_first


@signed_in()
def job_list(request: HttpRequest, door: OwnDoor) -> HttpResponse:
    page = keyset(request, _jobs(door), order=("-created_at", "-id"))
    return render(request, "coop/jobs/list.html", {"page": page})


@signed_in()
def job_detail(request: HttpRequest, door: OwnDoor, job: UUID) -> HttpResponse:
    found = _get(door, job)
    return render(request, "coop/jobs/detail.html", {**_context(found), **_frame(door, found)})


@signed_in()
def job_state(request: HttpRequest, door: OwnDoor, job: UUID) -> HttpResponse:
    """What changes on the page, for htmx to ask each second."""
    found = _get(door, job)
    response = render(request, "coop/jobs/state.html", _context(found))
    if not found.is_live:
        # The buttons around it are out of date as well.
        response["HX-Refresh"] = "true"
    return response


@signed_in(methods=["GET", "POST"])
def job_cancel(request: HttpRequest, door: OwnDoor, job: UUID) -> HttpResponse:
    found = _get(door, job)
    if request.method == "POST":
        stopped = services.ask_cancel(job=found)
        messages.info(
            request, "Cancelled." if stopped.state == Job.State.CANCELLED else "It stops as soon as it can."
        )
        return redirect("jobs:detail", job=found.pk)
    return ask_first(
        request,
        area="account",
        title="Cancel this?",
        what=_promise(found),
        label="Cancel it",
        back_url=reverse("jobs:detail", args=[found.pk]),
    )


@signed_in()
def job_failures(request: HttpRequest, door: OwnDoor, job: UUID) -> HttpResponse:
    found = door.get(Job, job)
    names = ("row", "field", "value", "problem", "remedy")
    rows = [[failure.get(name, "") for name in names] for failure in found.failures]
    return csv_response(f"failures-{found.pk}.csv", names, rows)


def _jobs(door: OwnDoor) -> Jobs:
    return cast(Jobs, door.all(Job)).briefly()


def _get(door: OwnDoor, pk: UUID) -> Job:
    found = _jobs(door).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _context(job: Job) -> dict[str, Any]:
    handler = handlers.find(job.kind)
    return {
        "job": job,
        "promise": _promise(job),
        "words": handler.words if handler else handlers.Words(),
        "stopping": job.is_live and job.cancel_asked_at is not None,
    }


def _promise(job: Job) -> str:
    handler = handlers.find(job.kind)
    return handler.on_cancel if handler else "Stops as soon as it can."


def _frame(door: OwnDoor, job: Job) -> dict[str, Any]:
    """A member's job is drawn inside that member's pages, for people who work there."""
    user = door.user
    membership = user.memberships.filter(member=job.member_id).first() if user and job.member_id else None
    if membership is None or job.member is None:
        return {"base": "base_account.html"}
    inside = MemberDoor(user=user, role=membership.role, member=job.member)
    return {"base": "base_portal.html", "door": inside, "place_name": str(job.member)}
