"""`@act`: one service function = one business act = one transaction.

The decorator opens the transaction and turns what the database refuses into the error of the trade: a named
constraint into its own sentence, a lock that is not had in time into "busy, try again".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import ParamSpec, TypeVar

import psycopg.errors
from django.db import IntegrityError, OperationalError, transaction

from coop.kernel.constraints import explain
from coop.kernel.errors import Busy

P = ParamSpec("P")
R = TypeVar("R")

# 55P03 lock_not_available, 40P01 deadlock_detected, 40001 serialization_failure: the same request can succeed in a moment.
_TRANSIENT = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)


def act(service: Callable[P, R]) -> Callable[P, R]:
    """Run `service` in one transaction. Raises DomainError for what the database refuses."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _in_words_of_the_trade(), transaction.atomic():
            return service(*args, **kwargs)

    return run


def act_of_one_statement(service: Callable[P, R]) -> Callable[P, R]:
    """As `act`, for a service that writes with one statement: that is a transaction by itself, and saves two trips."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        inside = transaction.get_connection().in_atomic_block
        with _in_words_of_the_trade(), transaction.atomic() if inside else nullcontext():
            return service(*args, **kwargs)

    return run


def after_commit(call: Callable[[], object]) -> None:
    """Do this once the surrounding transaction is committed. The act stands even if it fails; the failure is logged."""

    # Of its own, because Django logs a failure by the `__qualname__`, which a `partial` has not.
    def run() -> None:
        call()

    transaction.on_commit(run, robust=True)


@contextmanager
def _in_words_of_the_trade() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        explained = explain(error)
        if explained is None:
            raise
        raise explained from error
    except OperationalError as error:
        if isinstance(error.__cause__, _TRANSIENT):
            raise Busy("Somebody else is working on the same rows. Try again in a moment.") from error
        raise
