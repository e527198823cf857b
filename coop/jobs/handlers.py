"""What a job does: one function for each kind, found in the rooms' `job_handlers.py`.

    from coop.jobs import handlers as jobs

    @jobs.handler("orders.import", on_cancel="Stops after the current chunk; what is imported stays.")
    def import_orders(job: Job, report: Report) -> None: ...

    @jobs.handler("catalog.products", all_or_nothing=True)
    def import_products(job: Job, report: Report) -> None: ...

    @jobs.handler("invoices.issue_month", words=jobs.Words(rows="Drafts", created="Issued", updated="", failed="Refused"))
    def issue_invoices(job: Job, report: Report) -> None: ...

A handler may run twice (its worker was killed), so it must not double anything. An `all_or_nothing` handler runs in
one transaction together with the mark that it is done: a failure, a cancel or a kill leaves nothing behind.
Raise a DomainError to fail with its sentence. Write `job.message` / `job.result_url` through `report.say(...)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coop.kernel.rooms import discover

if TYPE_CHECKING:
    from coop.jobs.models import Job
    from coop.jobs.reporting import Report

    Work = Callable[[Job, Report], None]


@dataclass(frozen=True)
class Words:
    """What a kind of job counts, as its page says it. An empty word leaves that count out."""

    rows: str = "Rows read"
    created: str = "New"
    updated: str = "Updated"
    failed: str = "Not taken"
    row: str = "Row"


@dataclass(frozen=True)
class Handler:
    """A kind of job and what its page promises about cancelling it."""

    kind: str
    work: Work
    all_or_nothing: bool
    on_cancel: str
    words: Words


_handlers: dict[str, Handler] = {}


def handler(
    kind: str, *, all_or_nothing: bool = False, on_cancel: str = "", words: Words | None = None
) -> Callable[[Work], Work]:
    """Register the function that does jobs of `kind`. Raises ValueError when another function does them already."""
    promise = on_cancel or (
        "Stops at once; nothing is imported."
        if all_or_nothing
        else "Stops after the current chunk; what is done by then stays."
    )

    def register(work: Work) -> Work:
        known = _handlers.get(kind)
        if known is not None and known.work.__qualname__ != work.__qualname__:
            raise ValueError(f"jobs of kind {kind!r} are done by {known.work.__qualname__} already")
        _handlers[kind] = Handler(kind, work, all_or_nothing, promise, words or Words())
        return work

    return register


def find(kind: str) -> Handler | None:
    """The handler of `kind`, after every room was asked for its own."""
    if kind not in _handlers:
        discover("job_handlers")
    return _handlers.get(kind)
