"""The members pay: invoices go to the Stripe stand-in and come back paid, declined or not at all, as in life."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test.utils import override_settings

from billing.models import Invoice
from billing.payments.services import settle
from coop import clock
from coop.runtime import outbox
from lab.demo.cast import CREATORS
from lab.demo.season import moment
from lab.stripe_standin import StandIn

# Who does not pay the last month's invoice (yet), whose bank says no, and who owes two months and is on hold for it.
SLOW, DECLINED, OWING = {"salt-press", "long-table-games"}, "seedling-society", "tin-sparrow"


class Till:
    """A Stripe stand-in that lives in the demo's time."""

    def __init__(self, last_bill: dt.date) -> None:
        self._last_bill = last_bill
        self._now = moment(last_bill, 12)
        self._standin = StandIn(
            state=str(settings.VAR_DIR / "stripe.sqlite"), clock=lambda: self._now.timestamp()
        )

    @contextmanager
    def open(self) -> Iterator[Till]:
        with self._standin, override_settings(STRIPE_API_BASE=self._standin.url):
            yield self

    def keep(self, day: dt.date) -> None:
        """What happens with money on that day: on the first invoices go out, later members pay."""
        if day.day == 1:
            with self._at(moment(day, 17)):
                outbox.deliver_due(limit=1000, topic="stripe.invoice")
        self._collect(day)

    def _collect(self, day: dt.date) -> None:
        """Each member pays on a day of their own, between the fifth and the thirteenth."""
        payers = [c.slug for number, c in enumerate(CREATORS) if day.day == 5 + number % 9]
        with self._at(moment(day, 10)):
            for invoice in Invoice.objects.filter(collection="open", member__slug__in=payers):
                act = self._what_happens(invoice.member.slug, invoice.period_end)
                if act:
                    self._standin.act(act, invoice.stripe_id)
                    settle(stripe_id=invoice.stripe_id)

    def _what_happens(self, payer: str, period_end: dt.date) -> str:
        months_ago = (self._last_bill.year - period_end.year) * 12 + self._last_bill.month - period_end.month
        if (months_ago == 1 and payer in SLOW) or (months_ago <= 2 and payer == OWING):
            return ""
        return "decline" if months_ago == 1 and payer == DECLINED else "pay"

    @contextmanager
    def _at(self, now: dt.datetime) -> Iterator[None]:
        self._now = now
        with clock.at(now):
            yield


def is_ours() -> bool:
    """Whether the stand-in is meant: a demo that somebody gave a real Stripe key brings nothing there by itself."""
    return bool(settings.STRIPE_API_BASE) and settings.STRIPE_API_BASE == settings.STRIPE_STANDIN_URL
