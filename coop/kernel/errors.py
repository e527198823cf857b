"""What can go wrong in the trade, by name. Doors turn these into a message, never into a trace."""

from __future__ import annotations


class DomainError(Exception):
    """A business rule said no.

    `message` is for the person (what happened, what to do); `code` is for machines; `field` names the input
    that caused it, if one did; `status` is the HTTP status that the doors answer with.
    """

    status = 422
    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class Invalid(DomainError):
    """The request makes no sense as it stands (422)."""

    code = "invalid"


class Conflict(DomainError):
    """The request made sense, but the world is otherwise by now (409)."""

    status = 409
    code = "conflict"


class Busy(Conflict):
    """Somebody else holds what this act needs; the same request can succeed in a moment."""

    code = "busy"


class NotAllowed(DomainError):
    """This person or key may not do that (403)."""

    status = 403
    code = "not_allowed"
