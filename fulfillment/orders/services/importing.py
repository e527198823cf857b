"""Orders out of a file: planned as a whole, placed in chunks of whole orders, allocated as they come in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coop.jobs.models import Job
from coop.jobs.services import change_options
from coop.kernel import clock
from coop.kernel.acts import act
from coop.kernel.errors import Busy, Conflict, Invalid
from coop.models import Member, User
from coop.runtime import failpoints
from coop.tables import Table
from fulfillment.orders.checking import OrderInput
from fulfillment.orders.mapping import CONSTANT_FIELDS, DATE_FORMATS, DECIMALS, FIELDS, OrderMapping
from fulfillment.orders.models import Channel, ColumnMapping
from fulfillment.orders.plan import Plan, codes_in, plan_orders
from fulfillment.orders.services.allocating import allocate_orders
from fulfillment.orders.services.placing import known_skus, open_channel, place_orders

failpoints.declare("fulfillment.orders.chunk_placed")

CHUNK = 500
# Where orders of the form and of machines come from; a file of that name would share their numbers.
_RESERVED = {"api", "portal"}


class MappingInvalid(Invalid):
    """The mapping names a field, format or zone that there is not."""

    code = "mapping_invalid"


class RowsBroken(Invalid):
    """Some rows tell no order, and nobody said to go on without them. Nothing was imported."""

    code = "rows_broken"


class ChannelTaken(Conflict):
    """The shop's name is that of a channel of another kind."""

    code = "channel_taken"


class Progress(Protocol):
    """Who wants to know how far an import is: a job, or a command."""

    def total(self, rows: int) -> None: ...
    def progress(self, rows: int = 1) -> None: ...
    def created(self, rows: int = 1) -> None: ...
    def failure(self, *, row: int, field: str, value: str, problem: str, remedy: str) -> None: ...
    def cancelled(self) -> bool: ...


@dataclass
class Imported:
    """What an import did. Orders whose number the channel had told before are `known`; `changed` say otherwise now."""

    orders: int = 0
    known: int = 0
    changed: list[str] = field(default_factory=list)
    allocated: int = 0
    broken: int = 0
    cancelled: bool = False

    def __str__(self) -> str:
        parts = [f"{self.orders:,} new orders", f"{self.allocated:,} of them allocated"]
        if self.known:
            parts.append(f"{self.known:,} known already")
        if self.changed:
            shown = ", ".join(self.changed[:10]) + (" …" if len(self.changed) > 10 else "")
            parts.append(
                f"{len(self.changed):,} of those say something else now and stayed as they were: {shown}"
            )
        if self.broken:
            parts.append(f"{self.broken:,} broken orders left out")
        return "; ".join(parts) + "."


@act
def save_mapping(
    *, member: Member, name: str, columns: Mapping[str, str], options: Mapping[str, Any], by: User | None
) -> ColumnMapping:
    """Keep a mapping under a name; one of the same name is replaced. Raises MappingInvalid."""
    if not name.strip():
        raise MappingInvalid("Give the mapping a name.", field="name")
    mapping = checked(OrderMapping.of(columns, options))
    saved, _ = ColumnMapping.objects.update_or_create(
        member=member,
        name=name.strip()[:80],
        defaults={
            "columns": dict(mapping.columns),
            "options": mapping.options,
            "updated_at": clock.now(),
        },
    )
    return saved


@act
def keep_columns(*, job: Job, mapping: OrderMapping, save_as: str, by: User | None) -> None:
    """What the columns of an upload mean, kept with it; under the name `save_as`, if there is one, for the next file, too.

    Raises Conflict once the import has been started, and MappingInvalid; then nothing is kept.
    """
    change_options(job=job, options=mapping_options(mapping))
    if save_as.strip() and job.member is not None:
        save_mapping(member=job.member, name=save_as, columns=mapping.columns, options=mapping.options, by=by)


def mapping_options(mapping: OrderMapping) -> dict[str, Any]:
    """What an upload keeps of its mapping; `job_handlers.mapping_of` reads it."""
    return {"columns": dict(mapping.columns), "mapping": mapping.options}


@act
def delete_mapping(*, mapping: ColumnMapping, by: User | None) -> None:
    """Forget a mapping. Orders that came through it stay."""
    mapping.delete()


def checked(mapping: OrderMapping) -> OrderMapping:
    """The mapping, if every format, zone and constant in it is one we know. Raises MappingInvalid."""
    if not _is_zone(mapping.time_zone):
        raise MappingInvalid(f"There is no time zone “{mapping.time_zone}”.", field="time_zone")
    if mapping.date_format not in DATE_FORMATS:
        raise MappingInvalid(f"There is no date format “{mapping.date_format}”.", field="date_format")
    if mapping.decimal not in DECIMALS:
        raise MappingInvalid(f"There is no way “{mapping.decimal}” to write figures.", field="decimal")
    if not re.fullmatch("[A-Z]{2}", mapping.country):
        raise MappingInvalid("A country is two capital letters, such as DE.", field="country")
    if not 0 < len(mapping.channel) <= 80:
        raise MappingInvalid("Give the shop a name of at most 80 characters.", field="channel")
    if mapping.channel.strip().casefold() in _RESERVED:
        raise MappingInvalid(f"“{mapping.channel}” is taken; name the shop otherwise.", field="channel")
    unknown = sorted({*mapping.columns} - {*FIELDS}) + sorted({*mapping.constants} - {*CONSTANT_FIELDS})
    if unknown:
        raise MappingInvalid(f"There is no field “{unknown[0]}”.", field=unknown[0])
    return mapping


def _is_zone(name: str) -> bool:
    # Asking for one zone is cached; listing them all reads the whole time zone folder, at every file.
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def plan_import(*, member: Member, table: Table, mapping: OrderMapping) -> Plan:
    """What an import of this table would do, row by row. Reads the member's SKUs; changes nothing."""
    return plan_orders(table, checked(mapping), known_skus(member, codes_in(table, mapping)))


def import_orders(
    *, member: Member, plan: Plan, mapping: OrderMapping, skip_broken: bool, report: Progress, by: User | None
) -> Imported:
    """Place the plan's orders, chunk by chunk, and allocate them. Each order is in whole or not at all.

    Broken rows are reported; unless `skip_broken`, nothing is imported then and RowsBroken raised. Repeatable: what is
    in already is known and not doubled, so an import that was cut off is simply run again. Several transactions.
    """
    report.total(plan.rows)
    for problem in plan.problems:
        report.failure(
            row=problem.row,
            field=problem.field,
            value=problem.value,
            problem=problem.problem,
            remedy=problem.remedy,
        )
    if plan.problems and not skip_broken:
        rows = len({problem.row for problem in plan.problems})
        raise RowsBroken(
            f"Nothing was imported: {rows:,} {'row needs' if rows == 1 else 'rows need'} another look."
        )
    done = Imported(broken=len(plan.broken))
    channel = _channel(member, mapping)
    report.progress(plan.rows - plan.lines)
    for at in range(0, len(plan.orders), CHUNK):
        if report.cancelled():
            done.cancelled = True
            break
        _import_chunk(channel, plan.orders[at : at + CHUNK], done, report, by)
    return done


def _import_chunk(
    channel: Channel, orders: Sequence[OrderInput], done: Imported, report: Progress, by: User | None
) -> None:
    placed = place_orders(channel=channel, orders=orders)
    failpoints.reach("fulfillment.orders.chunk_placed")
    with suppress(Busy):  # then they wait, and the next run of the clock takes them
        done.allocated += allocate_orders(order_ids=[order.pk for order in placed.created], by=by).complete
    done.orders += len(placed.created)
    done.known += len(placed.known)
    done.changed += placed.changed
    report.created(len(placed.created))
    report.progress(sum(len(order.lines) for order in orders))


def _channel(member: Member, mapping: OrderMapping) -> Channel:
    channel = open_channel(member=member, kind=Channel.Kind.CSV, name=mapping.channel)
    if channel.kind != Channel.Kind.CSV:
        raise ChannelTaken(
            f"“{mapping.channel}” is where your {channel.get_kind_display()} orders come from; name the shop otherwise.",
            field="channel",
        )
    return channel
