"""Packing specs: saving makes the next version; a version never changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from coop.catalog.models import PackingSpec, PackingSpecVersion, PackingStep, Sku
from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Conflict, Invalid
from coop.members.models import Member

MAX_STEPS = 40
_TAKEN = "Somebody saved this spec at the same time. Look at their version first."


@dataclass(frozen=True, slots=True)
class StepInput:
    """One thing the packer does; steps are done in the order they are given."""

    instruction: str
    kind: str = "other"
    must_confirm: bool = True


class NoSteps(Invalid):
    """A packing spec without a step says nothing."""

    code = "no_steps"


@act
def save_packing_spec(
    *,
    member: Member,
    name: str,
    steps: Sequence[StepInput],
    is_default: bool,
    by: User | None,
    spec: PackingSpec | None = None,
    seen_version: int | None = None,
    note: str = "",
) -> PackingSpecVersion:
    """Make a spec, or the next version of `spec`; the same steps again make none. Returns the version in force.

    `seen_version` is the number the person had before them: raises Conflict when it is no longer the newest.
    """
    steps = _checked(steps)
    name = " ".join(name.split())
    if not name:
        raise Invalid("The spec needs a name.", field="name")
    if is_default:
        others = PackingSpec.objects.filter(member=member, is_default=True)
        if spec is not None:
            others = others.exclude(pk=spec.pk)
        others.update(is_default=False)
    if spec is None:
        spec = PackingSpec.objects.create(member=member, name=name, is_default=is_default)
    elif spec.member_id != member.pk:
        raise Invalid("This is none of your packing specs.")
    elif (spec.name, spec.is_default) != (name, is_default):
        spec.name, spec.is_default = name, is_default
        spec.save(update_fields=["name", "is_default"])
    newest = spec.versions.order_by("-number").prefetch_related("steps").first()
    if seen_version is not None and newest is not None and newest.number != seen_version:
        raise Conflict(_TAKEN, code="version_taken")
    if newest is not None and _as_inputs(newest) == steps and not note:
        return newest
    # Two people saving at once both get here; the unique number lets one of them through.
    version = PackingSpecVersion.objects.create(
        member=member,
        spec=spec,
        number=(newest.number if newest else 0) + 1,
        in_force_from=clock.now(),
        written_by=by,
        note=note[:200],
    )
    PackingStep.objects.bulk_create(
        PackingStep(
            version=version,
            position=position,
            kind=step.kind,
            instruction=step.instruction,
            must_confirm=step.must_confirm,
        )
        for position, step in enumerate(steps, start=1)
    )
    return version


@act
def set_default_spec(*, spec: PackingSpec, by: User | None) -> PackingSpec:
    """Make this the spec of SKUs that name none of their own."""
    PackingSpec.objects.filter(member=spec.member_id, is_default=True).exclude(pk=spec.pk).update(
        is_default=False
    )
    spec.is_default = True
    spec.save(update_fields=["is_default"])
    return spec


def spec_in_force(sku_ids: Iterable[UUID]) -> dict[UUID, PackingSpecVersion | None]:
    """For each SKU the version to pack by now: of its own spec, else of its member's default, else None.

    Steps are prefetched in their order. Four queries, however many SKUs.
    """
    skus: list[tuple[UUID, UUID, UUID | None]] = list(
        Sku.objects.filter(pk__in=list(sku_ids)).values_list("pk", "member_id", "packing_spec_id")
    )
    members = {member for _, member, own in skus if own is None}
    default = dict(
        PackingSpec.objects.filter(member__in=members, is_default=True).values_list("member_id", "pk")
    )
    spec_of = {pk: own or default.get(member) for pk, member, own in skus}
    versions = newest_versions(spec for spec in set(spec_of.values()) if spec is not None)
    return {pk: versions.get(spec) if spec else None for pk, spec in spec_of.items()}


def newest_versions(spec_ids: Iterable[UUID]) -> dict[UUID, PackingSpecVersion]:
    """The version in force of each spec, with its steps."""
    rows = (
        PackingSpecVersion.objects.filter(spec__in=list(spec_ids), in_force_from__lte=clock.now())
        .order_by("spec_id", "-number")
        .distinct("spec_id")
        .select_related("spec")
        .prefetch_related("steps")
    )
    return {version.spec_id: version for version in rows}


def _checked(steps: Sequence[StepInput]) -> list[StepInput]:
    found = [
        StepInput(" ".join(step.instruction.split()), step.kind, step.must_confirm)
        for step in steps
        if step.instruction.strip()
    ]
    if not found:
        raise NoSteps("Write at least one step, so that the packer knows what to do.", field="steps")
    if len(found) > MAX_STEPS:
        raise Invalid(f"A spec has at most {MAX_STEPS} steps; this has {len(found)}.", field="steps")
    kinds = set(PackingStep.Kind.values)
    for number, step in enumerate(found, start=1):
        if len(step.instruction) > 240:
            raise Invalid(f"Step {number} is longer than 240 characters. Split it into two.", field="steps")
        if step.kind not in kinds:
            raise Invalid(
                f"Step {number} is of no known kind. Use one of {', '.join(sorted(kinds))}.", field="steps"
            )
    return found


def _as_inputs(version: PackingSpecVersion) -> list[StepInput]:
    return [StepInput(step.instruction, step.kind, step.must_confirm) for step in version.steps.all()]
