"""What the service refuses: by its codes, and in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from botocore.exceptions import ClientError

from ..transport.denial import denied_action, denied_table
from ..transport.failures import PASSING, THROTTLED, is_transient
from .errors import BackfillError

CONFLICT: Final = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})
# The service refuses one item, whatever its table.
ITEM: Final = frozenset(
    {
        "ValidationError",
        "ValidationException",
        "ItemCollectionSizeLimitExceededException",
        "ItemCollectionSizeLimitExceeded",
        # Text that is no Unicode.
        "SerializationException",
    }
)
# A request of several items is too large, whoever refuses it.
_TOO_LARGE: Final = frozenset({"RequestEntityTooLarge", "RequestEntityTooLargeException", "413"})
# "Throttling reasons" in the developer guide, such as TableWriteKeyRangeThroughputExceeded.
_REASON: Final = re.compile(r"(?:Table|Index)(?:Read|Write)(\w+)Exceeded")
_HOT_KEY: Final = "KeyRangeThroughput"


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_about_items(error: ClientError) -> bool:
    """Whether a request is refused for the items in it, and would be with others only by chance."""
    return code_of(error) in ITEM or code_of(error) in _TOO_LARGE


def is_throttling(error: Exception) -> bool:
    """Whether the service had no capacity for the request."""
    reasons = cancellation_codes(error)
    return isinstance(error, ClientError) and (code_of(error) in THROTTLED or (bool(reasons) and reasons <= THROTTLED))


def is_passing(error: Exception) -> bool:
    """Whether the same request may succeed when it is sent again."""
    reasons = cancellation_codes(error)
    return is_transient(error) or (bool(reasons) and reasons <= THROTTLED | PASSING)


def cancellation_codes(error: Exception) -> set[str]:
    """Why a transaction was cancelled; empty: *error* is about something else."""
    if not isinstance(error, ClientError):
        return set()
    codes = {str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", ())}
    return codes - {"", "None"}


def condition_was_evaluated(error: Exception) -> bool:
    """Whether the service got as far as a condition, which consumes what the write would have."""
    return isinstance(error, ClientError) and (
        code_of(error) == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in cancellation_codes(error)
    )


def throttled_table(error: ClientError) -> bool | None:
    """
    Whether it was the table's own limit that was met, or that of a range of keys alone; None: *error* does not say.
    """
    response: Any = error.response
    # The one spelling is that of ThrottlingException, the other that of all else.
    structured = response.get("ThrottlingReasons") or response.get("throttlingReasons")
    if structured:
        return is_tables_limit([str(one.get("reason", "")) for one in structured])
    said = (response.get("Error", {}), *response.get("CancellationReasons", ()))
    return is_tables_limit([str(one.get("Message", "")) for one in said])


def is_tables_limit(texts: Iterable[str]) -> bool | None:
    """What `throttled_table` says, by *texts* that name reasons."""
    limits = {limit for text in texts for limit in _REASON.findall(text)}
    return limits != {_HOT_KEY} if limits else None


def refusal(error: ClientError, *tables: str) -> BackfillError:
    """The error to raise for an *error* that no further try will change, met with a request about *tables*."""
    code, message = _code_and_words(error.response.get("Error", {}))
    if code in ("ResourceNotFoundException", "ResourceNotFound"):
        missing = f"There is no table {tables[0]}" if len(tables) == 1 else f"One of {_listed(tables)} is not there"
        return BackfillError(
            f"{missing}.",
            next_step="If it was deleted meanwhile, drop the backfill; else name one of ctx.tables, or a table's "
            "physical name.",
        )
    if code.startswith("AccessDenied"):
        what, named = denied_action(message) or "it", denied_table(message)
        return BackfillError(
            f"Access to {_listed((named,) if named else tables)} was denied: {message.rstrip('.')}.",
            next_step=f"Allow {what} to the role that the migrations run with: give the table to the construct in "
            f"tables={{...}}, which grants all that a backfill needs, or grant it to grant_principal.",
        )
    advice = ""
    if error.operation_name in ("Scan", "Query") and "xpression" in message:
        advice = (
            "Correct filter=: a text names attributes as #status and has no values; with values, give a condition such "
            'as Attr("status").eq("NEW").'
        )
    return BackfillError(
        f"The service refused a request about {_listed(tables)}: {code}: {message.rstrip('.')}.", next_step=advice
    )


def words(error: ClientError) -> str:
    """What the service said, without the SDK's words around it; of a transaction, about the first that it refused."""
    for reason in error.response.get("CancellationReasons", ()):
        code, message = _code_and_words(reason)
        if code not in ("", "None"):
            return message or code
    code, message = _code_and_words(error.response.get("Error", {}))
    return message or code


def _code_and_words(answer: Any) -> tuple[str, str]:
    return str(answer.get("Code") or ""), str(answer.get("Message") or "")


def _listed(tables: tuple[str, ...]) -> str:
    return f"the table {tables[0]}" if len(tables) == 1 else f"the tables {', '.join(tables)}"
