"""Terms and reasons in words."""

from __future__ import annotations

from collections.abc import Iterable

from fulfillment.capacity.models import CancellationTerm


def terms_in_words(terms: Iterable[CancellationTerm]) -> list[str]:
    """What is kept when slots are given back late, one sentence a term, the longest notice first; empty when free."""
    ordered = sorted(terms, key=lambda term: -term.notice_days)
    return [
        f"Given back less than {_days(term.notice_days)} before, {term.share_percent}\u00a0% of the day is billed."
        for term in ordered
    ]


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
