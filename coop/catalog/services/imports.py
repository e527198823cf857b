"""Importing products: plan, then all of it or nothing. The portal, its job and the command all come here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coop.catalog.models import PackingSpec
from coop.catalog.plan import Defaults, FieldProblem, Plan, Reading, plan_products
from coop.catalog.services.skus import Saved, inputs_of, save_skus
from coop.catalog.sheet import read_sheet
from coop.catalog.shopify import is_shopify, read_shopify
from coop.identity.models import User
from coop.kernel.acts import act
from coop.kernel.errors import Invalid
from coop.members.models import Member
from coop.runtime import failpoints
from coop.tables import Table

failpoints.declare("coop.catalog.chunk_imported")
_CHUNK = 2000


class ProductsRefused(Invalid):
    """Rows of the file are not right, so nothing was imported; `problems` names them."""

    code = "rows_failed"

    def __init__(self, problems: list[FieldProblem]) -> None:
        self.problems = problems
        rows = len({problem.row for problem in problems})
        super().__init__(
            f"Nothing was imported: {rows:,} row{' needs' if rows == 1 else 's need'} another look."
        )


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did."""

    plan: Plan
    saved: Saved


def plan_import(*, member: Member, table: Table, defaults: Defaults) -> Plan:
    """What an import of `table` would do now. Raises Invalid when it is no product file."""
    reading: Reading = read_shopify(table) if is_shopify(table.headers) else read_sheet(table)
    known = {sku.code: sku for sku in inputs_of(member)}
    specs = {
        name.casefold(): pk
        for pk, name in PackingSpec.objects.filter(member=member).values_list("pk", "name")
    }
    plan = plan_products(reading, known=known, defaults=defaults, specs=specs)
    plan.notes[:0] = table.notes
    return plan


@act
def import_products(
    *,
    member: Member,
    table: Table,
    defaults: Defaults,
    by: User | None,
    on_progress: Callable[[int, Saved], None] | None = None,
) -> ImportOutcome:
    """Create and update SKUs from a Shopify product export or our own sheet; all rows or none.

    `on_progress(rows, saved)` hears of each chunk and may raise to stop. Raises ProductsRefused, Invalid, Conflict.
    """
    plan = plan_import(member=member, table=table, defaults=defaults)
    if plan.problems:
        raise ProductsRefused(plan.problems)
    total = Saved(0, 0, 0)
    for start in range(0, len(plan.planned), _CHUNK):
        chunk = plan.planned[start : start + _CHUNK]
        saved = save_skus(member=member, skus=[planned.sku for planned in chunk], by=by)
        failpoints.reach("coop.catalog.chunk_imported")
        total = Saved(
            total.created + saved.created, total.updated + saved.updated, total.unchanged + saved.unchanged
        )
        if on_progress is not None:
            on_progress(len(chunk), saved)
    return ImportOutcome(plan, total)
