"""Who changed what: every tracked model gets a table of its past rows, filled by triggers (also for bulk updates)."""

from __future__ import annotations

from typing import Any

import pghistory


def tracked(**options: Any) -> Any:
    """Class decorator: keep each past state of a row together with who, when and from where."""
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), **options
    )
