"""Refusals in Stripe's shape: `{"error": {"type", "code", "message", "param"}}` with its status."""

from __future__ import annotations

from typing import Any

from lab.stripe_standin.constants import Json


class ApiError(Exception):
    """One refusal. `keep` says that what was written before it stays (a declined card leaves its trace)."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keep: bool = False,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.keep = keep
        self.extra = extra

    def body(self) -> Json:
        error: Json = {"message": self.message, "type": self.type}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error | self.extra}


class ParamError(ApiError):
    """The parameters themselves are wrong: nothing was executed, so no idempotent result is kept."""


def no_such(kind: str, id_: str, param: str | None = None) -> ApiError:
    """404 for an object named in the path, 400 for one named by a parameter, as Stripe has it."""
    return ApiError(
        f"No such {kind.replace('_', ' ')}: '{id_}'",
        status=400 if param else 404,
        code="resource_missing",
        param=param or "id",
    )


def not_editable(invoice: Json, param: str | None = None) -> ApiError:
    """What Stripe says to whoever would change an invoice that is no draft any more."""
    return ApiError(
        f"Finalized invoices can't be updated in this way (the invoice is {invoice['status']}).",
        code="invoice_not_editable",
        param=param,
    )
