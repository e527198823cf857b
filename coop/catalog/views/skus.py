"""A member's SKUs: the list, one SKU, the form."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from coop.catalog import services
from coop.catalog.forms import SkuForm
from coop.catalog.history import SKU
from coop.catalog.models import PackingSpec, Sku, Skus
from coop.catalog.sheet import COLUMNS
from coop.kernel.history import changes_of
from coop.kernel.paging import keyset
from coop.members.doors import ACCOUNTANT, MANAGER, OWNER, MemberDoor, portal
from coop.nodes.models import StorageClass
from coop.tables import csv_response
from coop.web.pages import ask_first, show_form, submit

_SORTS = ("code", "title", "weight_g", "value_amount", "created_at")
_YES_NO = [("yes", "offered"), ("no", "not offered")]


@portal(OWNER, MANAGER, ACCOUNTANT)
def sku_list(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """All SKUs, narrowed and sorted by what the address says."""
    sort = request.GET.get("sort", "code")
    if sort.lstrip("-") not in _SORTS:
        sort = "code"
    key = "-id" if sort.startswith("-") else "id"
    page = keyset(request, _matching(request, door), order=(sort, key))
    total, active = door.all(Sku).count(), door.all(Sku).filter(is_active=True).count()
    context = {
        "page": page,
        "velocities": Sku.Velocity.choices,
        "storages": StorageClass.choices,
        "yes_no": _YES_NO,
        "total": total,
        "state": f"{active:,} of {total:,} offered."
        if total
        else "What you sell, with the figures the warehouse needs.",
        "may_change": door.role != ACCOUNTANT,
        "query": request.GET.urlencode(),
    }
    return render(request, "coop/catalog/sku_list.html", context)


@portal(OWNER, MANAGER, ACCOUNTANT)
def sku_export(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """The filtered list in the columns of our own sheet, so that it can be edited and imported again."""
    rows = _matching(request, door).select_related("packing_spec").order_by("code")
    return csv_response(f"skus-{door.member.slug}.csv", [c[0] for c in COLUMNS], map(_as_row, rows))


@portal(OWNER, MANAGER, ACCOUNTANT)
def sku_detail(request: HttpRequest, door: MemberDoor, sku: UUID) -> HttpResponse:
    """One SKU: its figures, how it is packed, what changed."""
    found = door.all(Sku).select_related("packing_spec").filter(pk=sku).first() or door.get(Sku, sku)
    context = {
        "sku": found,
        "spec_version": services.spec_in_force([found.pk])[found.pk],
        "events": changes_of(found, SKU),
        "may_change": door.role != ACCOUNTANT,
        "symbology": {8: "ean8", 12: "upca", 13: "ean13"}.get(len(found.gtin), ""),
    }
    return render(request, "coop/catalog/sku_detail.html", context)


@portal(methods=["GET", "POST"])
def sku_new(request: HttpRequest, door: MemberDoor) -> HttpResponse:
    """List a further SKU; its figures start as the last one's."""
    last = door.all(Sku).order_by("-created_at", "-id").first()
    form = _form(request, door, SkuForm.like(last) if last else {})

    def list_it(_: dict[str, Any]) -> Sku:
        to = form.input()
        services.save_skus(member=door.member, skus=[to], by=door.user, only_new=True)
        return door.all(Sku).get(code=to.code)

    listed = submit(request, form, list_it)
    if listed:
        messages.success(request, f"{listed.result.code} is listed.")
        if "another" in request.POST:
            return redirect("portal:sku-new", member=door.member.slug)
        return redirect("portal:sku-detail", member=door.member.slug, sku=listed.result.pk)
    context = {"like": last, "back": reverse("portal:sku-list", args=[door.member.slug])}
    return show_form(request, "coop/catalog/sku_form.html", form, context)


@portal(methods=["GET", "POST"])
def sku_edit(request: HttpRequest, door: MemberDoor, sku: UUID) -> HttpResponse:
    """Change a SKU, its code included."""
    found = door.get(Sku, sku)
    form = _form(request, door, SkuForm.of(found))
    here = reverse("portal:sku-detail", args=[door.member.slug, found.pk])

    def change(_: dict[str, Any]) -> None:
        services.change_sku(sku=door.get(Sku, sku), to=form.input(is_active=found.is_active), by=door.user)

    if submit(request, form, change):
        messages.success(request, "Saved.")
        return redirect(here)
    return show_form(request, "coop/catalog/sku_form.html", form, {"sku": found, "back": here})


@portal(methods=["GET", "POST"])
def sku_active(request: HttpRequest, door: MemberDoor, sku: UUID) -> HttpResponse:
    """Take a SKU out of the offer, or bring it back."""
    found = door.get(Sku, sku)
    back = reverse("portal:sku-detail", args=[door.member.slug, found.pk])
    if request.method == "POST":
        active = request.POST.get("active") == "yes"
        services.set_active(member=door.member, sku_ids=[found.pk], active=active, by=door.user)
        messages.success(request, f"{found.code} is {'offered again' if active else 'no longer offered'}.")
        return redirect(back)
    if found.is_active:
        return ask_first(
            request,
            area="portal",
            back_url=back,
            title=f"Deactivate {found.code}?",
            what="New orders for it are refused; stock, open orders and history stay.",
            label="Deactivate",
            fields={"active": "no"},
        )
    return ask_first(
        request,
        area="portal",
        back_url=back,
        title=f"Bring {found.code} back?",
        what="It can be ordered again.",
        label="Bring it back",
        fields={"active": "yes"},
    )


def _form(request: HttpRequest, door: MemberDoor, initial: dict[str, Any]) -> SkuForm:
    specs = door.all(PackingSpec).order_by("name")
    return SkuForm(request.POST or None, initial=initial, specs=specs, currency=door.member.currency)


def _matching(request: HttpRequest, door: MemberDoor) -> QuerySet[Sku]:
    asked = request.GET
    found = cast(Skus, door.all(Sku)).matching(
        words=asked.get("q", ""),
        velocity=asked.get("velocity", ""),
        storage=asked.get("storage", ""),
        active=asked.get("active", ""),
    )
    return cast("QuerySet[Sku]", found)


def _as_row(sku: Sku) -> list[object]:
    """In the order of `sheet.COLUMNS`."""
    spec = sku.packing_spec.name if sku.packing_spec else ""
    return [
        sku.code, sku.title, sku.gtin, sku.length_mm, sku.width_mm, sku.height_mm, sku.weight_g, sku.value_amount,
        sku.velocity_class, sku.storage_class, spec, sku.is_active,
    ]  # fmt: skip
