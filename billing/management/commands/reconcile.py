from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.payments.services import compare_with_stripe
from coop.runtime.outbox import TryLater


class Command(BaseCommand):
    help = "Ask Stripe about our invoices and print what differs; exit 1 if anything does. Changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            findings = compare_with_stripe()
        except TryLater as error:
            raise CommandError(f"Stripe did not answer: {error}", returncode=2) from error
        for one in findings:
            self.stdout.write(f"{one.about}: {one.what}: {one.problem} {one.remedy}")
        if findings:
            raise CommandError(f"{len(findings)} differences between Stripe and us.", returncode=1)
        self.stdout.write("Stripe and we say the same.")
