"""SKUs: one set-based upsert by code for forms, API and imports alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from coop.catalog.inputs import FIELDS, Problem, SkuInput, problems_of
from coop.catalog.models import PackingSpec, Sku
from coop.identity.models import User
from coop.kernel.acts import act
from coop.kernel.errors import Conflict, Invalid
from coop.members.models import Member

_BATCH = 2000


class SkusRefused(Invalid):
    """Some of the SKUs are not right; `problems` are (index in the sequence, what is wrong)."""

    code = "sku_invalid"

    def __init__(self, problems: Sequence[tuple[int, Problem]]) -> None:
        self.problems = list(problems)
        first = self.problems[0][1]
        super().__init__(str(first), field=first.field)


@dataclass(frozen=True, slots=True)
class Saved:
    """How many SKUs were new, changed, and as they were already."""

    created: int
    updated: int
    unchanged: int = 0


@act
def save_skus(*, member: Member, skus: Sequence[SkuInput], by: User | None, only_new: bool = False) -> Saved:
    """Create the member's SKUs of new codes and update those of known ones; all of them or none.

    Rows that would not change are left alone, so that their history holds changes only. Raises SkusRefused, and
    Conflict when a GTIN is another SKU's, or with `only_new` when a code is known already.
    """
    _refuse_wrong(member, skus)
    known = {sku.code: sku for sku in inputs_of(member, codes=[sku.code for sku in skus])}
    if only_new and known:
        raise Conflict("You already have a SKU of that code.", code="code_taken", field="code")
    # Always in the order of codes, so that two imports at once wait for each other instead of deadlocking.
    changed = sorted((sku for sku in skus if known.get(sku.code) != sku), key=lambda sku: sku.code)
    _free_moving_gtins(member, changed, known)
    Sku.objects.bulk_create(
        [Sku(member=member, code=sku.code, **_columns(sku)) for sku in changed],
        update_conflicts=True,
        unique_fields=["member", "code"],
        update_fields=list(FIELDS),
        batch_size=_BATCH,
    )
    created = sum(sku.code not in known for sku in changed)
    return Saved(created=created, updated=len(changed) - created, unchanged=len(skus) - len(changed))


@act
def change_sku(*, sku: Sku, to: SkuInput, by: User | None) -> Sku:
    """Change one SKU, its code included: stock and orders stay with it. Raises SkusRefused, Conflict."""
    _refuse_wrong(sku.member, [to])
    for name in ("code", *FIELDS):
        setattr(sku, name, getattr(to, name))
    sku.save(update_fields=["code", *FIELDS])
    return sku


@act
def set_active(*, member: Member, sku_ids: Sequence[UUID], active: bool, by: User | None) -> int:
    """Take SKUs out of the offer or bring them back; their stock and history stay. Returns how many changed."""
    rows = Sku.objects.filter(member=member, pk__in=sku_ids, is_active=not active)
    return rows.update(is_active=active)


def inputs_of(member: Member, *, codes: Iterable[str] | None = None) -> list[SkuInput]:
    """The member's SKUs as inputs (of these codes alone, if given), for comparing with new ones."""
    rows = Sku.objects.filter(member=member)
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    return [SkuInput(**row) for row in rows.values("code", *FIELDS)]


def _columns(sku: SkuInput) -> dict[str, object]:
    return {name: getattr(sku, name) for name in FIELDS}


def _refuse_wrong(member: Member, skus: Sequence[SkuInput]) -> None:
    problems = [(index, problem) for index, sku in enumerate(skus) for problem in problems_of(sku)]
    seen: dict[str, int] = {}
    for index, sku in enumerate(skus):
        if seen.setdefault(sku.code, index) != index:
            problem = Problem(
                "code", sku.code, "This code is given twice.", "Give each SKU a code of its own."
            )
            problems.append((index, problem))
    named = {sku.packing_spec_id for sku in skus if sku.packing_spec_id is not None}
    strange = (
        named - set(PackingSpec.objects.filter(member=member, pk__in=named).values_list("pk", flat=True))
        if named
        else set()
    )
    for index, sku in enumerate(skus):
        if sku.packing_spec_id in strange:
            problem = Problem(
                "packing_spec_id",
                str(sku.packing_spec_id),
                "This is none of your packing specs.",
                "Choose one of yours.",
            )
            problems.append((index, problem))
    if problems:
        raise SkusRefused(problems)


def _free_moving_gtins(member: Member, changed: Sequence[SkuInput], known: dict[str, SkuInput]) -> None:
    """A GTIN that moves between two SKUs of the same batch is taken off the one before the other gets it."""
    wanted = {sku.gtin: sku.code for sku in changed if sku.gtin}
    moving = [code for code, sku in known.items() if sku.gtin and wanted.get(sku.gtin, code) != code]
    staying = {sku.code for sku in changed}
    if any(code not in staying for code in moving):
        raise Conflict("Another of your SKUs already has this GTIN.", code="gtin_taken", field="gtin")
    if moving:
        Sku.objects.filter(member=member, code__in=moving).update(gtin="")
