"""What the service refuses, in words."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..transport.denial import denied_action, denied_table
from .errors import BackfillError


def refusal(error: ClientError, *tables: str) -> BackfillError:
    """What to tell about an *error* that no further try will change, met with a request about *tables*."""
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
