"""The processes that the crash test kills. Started once, it forks one process for each order that it reads.

    {"database": …, "work": "rate", "failpoint": "billing.rating.read:0.5:7", "now": …, "month": …, "workers": 2}

A forked worker has its own connections and its own dice; its end (an exit code, or minus the signal that killed it)
is answered in the order's turn. Besides the program's own work it knows two wrong ways of doing it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys

import django


def main() -> None:
    django.setup()
    _load()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        children = [_fork(order, n) for n in range(order.get("workers", 1))]
        ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
        print(json.dumps(ends), flush=True)


def _load() -> None:
    """Import everything before the forks, so that a worker costs milliseconds."""
    import celery.app.amqp  # noqa: F401
    import kombu.transport.redis  # noqa: F401

    import billing.charges.services
    import billing.invoices.services  # noqa: F401
    from coop.celery import app

    # Waking the worker after a commit loads half of Celery, once here instead of once in every fork.
    app.tasks  # noqa: B018
    app.amqp.queues  # noqa: B018
    app.connection_for_write().transport_cls  # noqa: B018


def _fork(order: dict, n: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if order.get("failpoint"):
            os.environ["COMMONSHELF_FAILPOINT"] = f"{order['failpoint']}-{n}"
        _point_at(order["database"])
        WORK[order["work"]](order)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _point_at(database: str) -> None:
    from django.db import connections

    connections["default"].settings_dict["NAME"] = database


def rate(order: dict) -> None:
    from billing.charges.services import rate_activities

    rate_activities(limit=7)


def issue(order: dict) -> None:
    from billing.invoices.services import issue_month
    from coop.kernel import clock

    with clock.at(dt.datetime.fromisoformat(order["now"])):
        issue_month(month=dt.date.fromisoformat(order["month"]), by=None)


def rate_in_two_transactions(order: dict) -> None:
    """Wrong: the charges in one transaction, the mark that the work is rated in another."""
    from django.db import connection, transaction

    from billing.charges import rating
    from billing.charges import services as charges
    from coop.runtime import failpoints
    from fulfillment.models import Activity

    while True:
        unmarked = Activity.objects.extra(
            where=["NOT EXISTS (SELECT 1 FROM rated_mark m WHERE m.activity_id = fulfillment_activity.id)"]
        ).order_by("id")
        work = [rating.Work(*row) for row in unmarked.values_list(*charges._COLUMNS)[:7]]
        failpoints.reach("billing.rating.read")
        if not work:
            return
        charged, _ = rating.rate(work, charges.price_list(), charges._prices_charged(work))
        with transaction.atomic():
            charges._write(charged)
        failpoints.reach("billing.rating.written")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO rated_mark VALUES (%s)", [[one.activity_id] for one in work])
        failpoints.reach("billing.rating.committed")


def issue_in_two_transactions(order: dict) -> None:
    """Wrong: the number in one transaction, the invoice in another."""
    from unittest import mock

    from django.db import transaction

    from billing.invoices.models import Invoice
    from billing.invoices.services import issuing
    from coop.kernel import clock
    from coop.runtime import failpoints

    with clock.at(dt.datetime.fromisoformat(order["now"])):
        for draft in Invoice.objects.filter(period_start=order["month"], state="draft").order_by("id"):
            with transaction.atomic():
                number = issuing._next_number("CS", clock.now().year)
            failpoints.reach("billing.issuing.numbered")
            # The real one takes its number here; this one brings it along.
            with mock.patch.object(issuing, "_next_number", lambda *_, taken=number: taken):
                issuing.issue_invoice(invoice=draft, by=None)


WORK = {
    "rate": rate,
    "issue": issue,
    "rate wrong": rate_in_two_transactions,
    "issue wrong": issue_in_two_transactions,
}

if __name__ == "__main__":
    main()
