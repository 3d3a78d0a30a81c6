"""One way in for every write: page, API, command, field and drill call the same verb.

    @action("mobilisation.issue_order", roles={"commander"}, at="order.issuer")
    def issue_order(*, by: Actor, order: OrderDraft) -> Order: ...

It checks the right, opens the transaction, runs the verb, writes the audit line, refuses to commit what took
longer than 8 s from the lock, and tries again where the database asks for it. A verb has no effect outside
the database and calls no other verb.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection, transaction

from muster.foundation import audit, clock, rights, sql
from muster.foundation.errors import Refusal, text
from muster.foundation.registry import ACTIONS
from muster.foundation.rights import Actor

TRANSACTION_SECONDS_MAX = 8.0
TRIES_MAX = 4

_line: ContextVar[audit.Line | None] = ContextVar("line", default=None)

P = ParamSpec("P")
R = TypeVar("R")


def current_line() -> audit.Line:
    """The audit line of the action that runs now.

    Raises: RuntimeError when none runs: nothing is recorded outside of an action.
    """
    line = _line.get()
    if line is None:
        raise RuntimeError("only an action records")
    return line


def locked() -> Any:
    """Call after the locks: the moment to record, and the start of the 8 seconds.

    Returns the same moment however often one action asks.
    """
    return current_line().moment()


class AlreadyDone(Refusal):
    """The same request was done before; nothing was done again."""

    def __init__(self, line: UUID) -> None:
        super().__init__("request.already_done", text("This was done already."), status=200)
        self.line = line


def action(
    verb: str, *, roles: Iterable[str], at: str | None = None, self_of: str | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a verb.

    roles: who may, by a grant that covers the unit. at: the argument that is the unit, dotted (`order.issuer`).
    self_of: the argument that is a person who may do it without any grant, for themselves. A call may carry
    `request`, the caller's own id: the same id twice raises AlreadyDone.
    """
    wanted = frozenset(roles)

    def make(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if args:
                raise TypeError(f"{verb} takes keywords only")
            by: Actor = kwargs["by"]  # type: ignore[assignment]
            request: UUID | None = kwargs.pop("request", None)  # type: ignore[assignment]
            unit = _argument(kwargs, at)
            own = self_of is not None and _is_self(by, _argument(kwargs, self_of)) and _is_within(by, unit)
            if not own:
                rights.require(by, wanted, unit)
            about = _About(by, unit, request, None if own else rights.stood_in_for(by, wanted, unit))
            result: R = _attempt(verb, function, kwargs, about)
            return result

        run.verb = verb  # type: ignore[attr-defined]
        run.roles = wanted  # type: ignore[attr-defined]
        ACTIONS.add(verb, run)
        return run

    return make


def _argument(kwargs: Any, dotted: str | None) -> Any:
    if dotted is None:
        return None
    name, _, rest = dotted.partition(".")
    value = kwargs[name]
    return operator.attrgetter(rest)(value) if rest and value is not None else value


def _is_self(by: Actor, person: Any) -> bool:
    return by.person_id is not None and person is not None and by.person_id == person.pk


def _is_within(by: Actor, unit: Any) -> bool:
    return not by.within or (unit is not None and str(unit.path).startswith(by.within))


@dataclass(frozen=True)
class _About:
    """What the audit line of a call says of it, whatever it writes."""

    by: Actor
    unit: Any
    request: UUID | None
    acting_for: UUID | None


def _attempt(verb: str, function: Any, kwargs: Any, about: _About) -> Any:
    if _line.get() is not None:
        raise RuntimeError(f"{verb}: an action calls no other action")
    tries = 1 if connection.in_atomic_block else TRIES_MAX
    for attempt in range(1, tries + 1):
        line = audit.Line(verb, about.by, about.unit, about.request, about.acting_for)
        token = _line.set(line)
        try:
            with transaction.atomic(), sql.one_cursor():
                if about.request is not None:
                    _refuse_repeat(about.request)
                result = function(**kwargs)
                line.write(kwargs)
                if line.age_seconds() > TRANSACTION_SECONDS_MAX:
                    raise too_slow()
            return result
        except DatabaseError as error:
            if about.request is not None and isinstance(error, IntegrityError):
                # The same request, sent twice at once, was done by the other one meanwhile.
                _refuse_repeat(about.request)
            if attempt == tries or not _asks_again(error):
                raise
            clock.pause(0.01 * 4**attempt)
        finally:
            _line.reset(token)
    raise AssertionError("unreachable")


def _refuse_repeat(request: UUID) -> None:
    done = audit.line_of_request(request)
    if done is not None:
        raise AlreadyDone(done)


def too_slow() -> Refusal:
    """The transaction grew older than anything may be that carries a settled moment."""
    return Refusal(
        "action.too_slow",
        text("The database was too slow. Nothing was written."),
        text("Send it again."),
        status=503,
    )


_AGAIN = {"40P01", "40001", "55P03", "25P04"}


def _asks_again(error: DatabaseError) -> bool:
    """Whether the engine asks for another try: a deadlock, a lock not had in time, a time-out."""
    state = getattr(error.__cause__, "sqlstate", None)
    if state in _AGAIN or (state is None and "server closed" in str(error)):
        if state == "25P04" or state is None:
            connection.close()
        return True
    return "locked" in str(error) and connection.vendor == "sqlite"
