"""What can go wrong with cycles and drops, by name."""

from __future__ import annotations

from coop.errors import Conflict, Invalid


class BadRule(Invalid):
    """The repetition rule cannot be read, or never happens."""

    code = "bad_rule"


class OpensTooEarly(Invalid):
    """The drop would open before the goods of its run can be sold."""

    code = "opens_too_early"


class TooLateForRun(Conflict):
    """The run's goods had to be announced by now."""

    code = "too_late_for_run"


class DropIsOver(Conflict):
    """The drop is live, closed or cancelled already."""

    code = "drop_state"
