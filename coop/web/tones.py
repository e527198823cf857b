"""Which tone a state has: good, warn, bad, info or quiet. By name, so that a state looks the same on every page."""

from __future__ import annotations

_NAMES = {
    "good": """good active open approved available received put_away picked packed shipped delivered done paid
        confirmed matched ok on_time released live published complete completed succeeded settled in_stock booked
        verified sent primary current closed_ok fulfilled allocated""",
    "warn": """warn warning waiting late_soon due partial partly partly_allocated short low low_stock on_hold held
        hold expiring unverified review needs_review pending pending_payment unmatched retrying suspended disputed
        at_risk backorder backordered waitlisted unallocated""",
    "bad": """bad error failed overdue late blocked refused declined rejected damaged missing lost void uncollectible
        oversold full short_closed mismatch expired out_of_stock dead""",
    "info": """info new issued announced in_transit picking packing running processing scheduled planned preview
        placed preorder ready counting receiving queued arrived submitted sourced started in_progress""",
}
_TONES = {name: tone for tone, names in _NAMES.items() for name in names.split()}


def tone_of(name: str) -> str:
    """The tone of a state; quiet for what is over, not begun or unknown (draft, closed, cancelled)."""
    return _TONES.get(name.lower().replace("-", "_").replace(" ", "_"), "quiet")
