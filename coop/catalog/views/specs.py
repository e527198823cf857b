"""How a member wants parcels packed: specs, their steps and versions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from coop.catalog import services
from coop.catalog.forms import SpecForm
from coop.catalog.models import PackingSpec, PackingSpecVersion, PackingStep, Sku
from coop.catalog.steps import StepDraft, differences, read_steps, rearrange
from coop.members.doors import MemberDoor, portal
from coop.web.forms import status_of
from coop.web.pages import submit


@portal()
def spec_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """All specs, and what follows each."""
    specs = (
        door.all(PackingSpec)
        .annotate(
            version=Max("versions__number"),
            since=Max("versions__in_force_from"),
            sku_count=Count("skus", distinct=True),
        )
        .order_by("-is_default", "name")
    )
    by_default = door.all(Sku).filter(packing_spec=None).count()
    return render(request, "coop/catalog/spec_list.html", {"specs": list(specs), "by_default": by_default})


@portal()
def spec_detail(request: HttpRequest, door: MemberDoor, spec: UUID) -> HttpResponse:
    """The version in force, what it changed, the versions before, and the SKUs it is for."""
    found = door.get(PackingSpec, spec)
    versions = list(
        door.all(PackingSpecVersion)
        .filter(spec=found)
        .select_related("written_by")
        .prefetch_related("steps")
        .order_by("-number")[:30]
    )
    wanted = request.GET.get("version", "")
    shown = next((v for v in versions if str(v.number) == wanted), versions[0] if versions else None)
    before = next((v for v in versions if shown and v.number == shown.number - 1), None)
    skus = door.all(Sku).filter(packing_spec=found)
    context = {
        "spec": found,
        "versions": versions,
        "shown": shown,
        "before": before,
        "changes": differences(_drafts(before), _drafts(shown)) if shown and before else [],
        "skus": skus.order_by("code")[:50],
        "sku_count": skus.count(),
        "by_default": door.all(Sku).filter(packing_spec=None).count() if found.is_default else 0,
    }
    return render(request, "coop/catalog/spec_detail.html", context)


@portal(methods=["GET", "POST"])
def spec_new(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """Write a spec."""
    first = not door.all(PackingSpec).exists()
    back = reverse("portal:spec-list", args=[door.member.slug])
    return _edit(request, door, None, {"is_default": first}, [StepDraft()], back)


@portal(methods=["GET", "POST"])
def spec_edit(request: HttpRequest, door: MemberDoor, spec: UUID) -> HttpResponse:
    """Write the next version of a spec."""
    found = door.get(PackingSpec, spec)
    newest = found.versions.order_by("-number").prefetch_related("steps").first()
    initial = {
        "name": found.name,
        "is_default": found.is_default,
        "seen_version": newest.number if newest else None,
    }
    back = reverse("portal:spec-detail", args=[door.member.slug, found.pk])
    return _edit(request, door, found, initial, _drafts(newest) or [StepDraft()], back)


@portal(methods=["POST"])
def spec_default(request: HttpRequest, door: MemberDoor, spec: UUID) -> HttpResponse:
    """Pack by this spec what names none of its own."""
    found = services.set_default_spec(spec=door.get(PackingSpec, spec), by=door.user)
    messages.success(request, f"“{found.name}” is the default now.")
    return redirect("portal:spec-detail", member=door.member.slug, spec=found.pk)


@portal()
def spec_print(request: HttpRequest, door: MemberDoor, spec: UUID, number: int) -> HttpResponse:
    """One version on paper, for the wall of the packing bench."""
    found = door.get(PackingSpec, spec)
    versions = door.all(PackingSpecVersion).select_related("written_by").prefetch_related("steps")
    version = get_object_or_404(versions, spec=found, number=number)
    return render(request, "coop/catalog/spec_print.html", {"spec": found, "version": version})


def _edit(
    request: HttpRequest,
    door: MemberDoor,
    spec: PackingSpec | None,
    initial: dict[str, Any],
    steps: list[StepDraft],
    back: str,
) -> HttpResponse:
    """Buttons that rearrange the steps post the whole form and get it back; only `save` saves."""
    form = SpecForm(request.POST or None, initial=initial)
    status, wish = 200, ""
    if request.method == "POST":
        steps = read_steps(request.POST)
        wish = request.POST.get("do", "save")
        if wish != "save":
            steps = rearrange(steps, wish)
            form = SpecForm(initial=_as_typed(request))
        else:
            saved = submit(request, form, lambda _: _save(door, spec, form, steps))
            if saved:
                version = saved.result
                messages.success(request, f"Version {version.number} is in force.")
                return redirect("portal:spec-detail", member=door.member.slug, spec=version.spec_id)
            status = status_of(form)
    context = {
        "form": form,
        "spec": spec,
        "steps": steps or [StepDraft()],
        "kinds": PackingStep.Kind.choices,
        "added": wish == "add",
        "conflict": status == 409,
        "back": back,
    }
    # htmx asks for the steps alone; without script the whole page comes back.
    part = "spec_steps" if wish and wish != "save" and getattr(request, "htmx", False) else "spec_form"
    return render(request, f"coop/catalog/{part}.html", context, status=status)


def _save(
    door: MemberDoor, spec: PackingSpec | None, form: SpecForm, steps: list[StepDraft]
) -> PackingSpecVersion:
    return services.save_packing_spec(
        member=door.member,
        name=form.cleaned_data["name"],
        steps=[services.StepInput(step.instruction, step.kind, step.must_confirm) for step in steps],
        is_default=form.cleaned_data["is_default"],
        by=door.user,
        spec=spec,
        seen_version=form.cleaned_data["seen_version"],
        note=form.cleaned_data["note"],
    )


def _as_typed(request: HttpRequest) -> dict[str, Any]:
    typed = {name: request.POST.get(name, "") for name in ("name", "note", "seen_version")}
    return {**typed, "is_default": "is_default" in request.POST}


def _drafts(version: PackingSpecVersion | None) -> list[StepDraft]:
    if version is None:
        return []
    return [StepDraft(step.instruction, step.kind, step.must_confirm) for step in version.steps.all()]
