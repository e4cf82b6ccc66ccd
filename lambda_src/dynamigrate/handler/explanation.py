"""Any error, as what happened and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..error_text import error_message, printable, type_name
from ..errors import MigrationFailed, MigrationsError, RunError
from ..next_step import NextStep
from ..transport.denial import denied_action, denied_resource

_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"})
_UNREACHABLE: Final = frozenset({"ConnectTimeoutError", "EndpointConnectionError", "ReadTimeoutError"})


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


def explain(error: BaseException) -> Explanation:
    """
    What a person needs to know about *error*.

    What the error itself says comes word for word. Where AWS refused something, also as the cause of a migration's
    failure, the next step says what would allow it.
    """
    hint = _hint(error)
    if isinstance(error, MigrationsError):
        return Explanation(
            type=type(error).__name__,
            message=error.message,
            next_step=error.next_step if hint in error.next_step else NextStep(hint, " ", error.next_step).rstrip(),
            hint=hint,
            traceback=error.__cause__ if isinstance(error, MigrationFailed) else None,
        )
    return Explanation(
        type=_service_error(error)[0] or type_name(error),
        message=error_message(error, cause=False) or f"{type_name(error)}, without a message",
        next_step=NextStep(hint or "Read the traceback in the function's log."),
        hint=hint,
        traceback=error,
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """*error*, then what caused it, and so on."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        yield one
        seen.add(id(one))
        one = one.__cause__


def _hint(error: BaseException) -> str:
    """What would mend the cause of *error*, where the error does not say so itself."""
    for one in _chain(error):
        if isinstance(one, MigrationsError) and not isinstance(one, RunError) and one.next_step:
            # It knew its cause. A repair is named elsewhere, as it may have to be done in another way.
            return "" if one is error or one.repair else one.next_step
        if hint := _hint_at_service(one):
            return hint
    return ""


def _hint_at_service(error: BaseException) -> str:
    code, message = _service_error(error)
    if code in _DENIED:
        resource = denied_resource(message)
        what = f"{denied_action(message) or 'what it was refused'}{f' on {resource}' if resource else ''}"
        return (
            f"Allow the function's role {what}: a table given in tables={{...}} has the actions on items; "
            "for anything else grant it to grant_principal of the Migrations construct."
        )
    if code == "ResourceNotFoundException":
        return (
            "What was asked for does not exist: check the table's name, that tables={...} has it, "
            "and that its stack is deployed."
        )
    if type(error).__module__.startswith("botocore.") and type(error).__name__ in _UNREACHABLE:
        return (
            "The function has no way to that service: in a VPC it needs an endpoint for it "
            "(a gateway endpoint for DynamoDB, and one for S3 to answer CloudFormation), or a NAT gateway."
        )
    return ""


def _service_error(error: BaseException) -> tuple[str, str]:
    """Code and message of an error that AWS answered with; empty for any other."""
    response: Any = getattr(error, "response", None)
    found = response.get("Error") if isinstance(response, dict) else None
    if not isinstance(found, dict):
        return "", ""
    return printable(found.get("Code", "")), printable(found.get("Message", ""))
