"""Any error, as what happened and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .error_text import error_message, printable, type_name
from .errors import MigrationFailed, MigrationsError, RunError
from .next_step import NextStep


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """
    An error, for a person.

    Attributes:
        type: The error's class, or the service's code for it.
        hint: The part of *next_step* that is about the cause; may be empty.
        traceback: The error whose traceback helps to find the cause, where the message alone does not; else None.
    """

    type: str
    message: str
    next_step: NextStep
    hint: str
    traceback: BaseException | None


def explain(
    error: BaseException,
    *,
    hint_at: Callable[[BaseException], str] = lambda _error: "",
    otherwise: str = "Read the traceback in the function's log.",
) -> Explanation:
    """
    What a person needs to know about *error*. What the error itself says comes word for word.

    Args:
        hint_at: What would mend an error that is not the engine's own, as this front door's user can do it; empty: unknown.
            It is asked about *error* and then about what caused it.
        otherwise: The next step where nothing else is known.
    """
    hint = _hint(error, hint_at)
    if isinstance(error, MigrationsError):
        return Explanation(
            type=type(error).__name__,
            message=error.message,
            next_step=error.next_step if hint in error.next_step else NextStep(hint, " ", error.next_step).rstrip(),
            hint=hint,
            traceback=error.__cause__ if isinstance(error, MigrationFailed) else None,
        )
    return Explanation(
        type=service_error(error)[0] or type_name(error),
        message=error_message(error, cause=False) or f"{type_name(error)}, without a message",
        next_step=NextStep(hint or otherwise),
        hint=hint,
        traceback=error,
    )


def service_error(error: BaseException) -> tuple[str, str]:
    """Code and message of an error that AWS answered with; empty for any other."""
    response: Any = getattr(error, "response", None)
    found = response.get("Error") if isinstance(response, dict) else None
    if not isinstance(found, dict):
        return "", ""
    return printable(found.get("Code", "")), printable(found.get("Message", ""))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """*error*, then what caused it, and so on."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        yield one
        seen.add(id(one))
        one = one.__cause__


def _hint(error: BaseException, hint_at: Callable[[BaseException], str]) -> str:
    """What would mend the cause of *error*, where the error does not say so itself."""
    for one in _chain(error):
        if isinstance(one, MigrationsError) and not isinstance(one, RunError) and one.next_step:
            # It knew its cause. A repair is named elsewhere, as it may have to be done in another way.
            return "" if one is error or one.repair else one.next_step
        if hint := hint_at(one):
            return hint
    return ""
