"""Why a table's schema was not changed, or can't be waited for."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ..errors import MigrationsError
from ..transport.denial import denied_action, is_denied


class SchemaError(MigrationsError):
    """A table, or what is on it, is not what a change of it needs. Nothing was changed by that change."""


def refusal(error: ClientError, table: str, operation: str) -> SchemaError | None:
    """What *error*, an answer to that operation on *table*, means; None: what the service says is all there is to say."""
    if is_denied(error):
        message = str(error.response["Error"].get("Message", "")).rstrip(".")
        action = denied_action(message) or f"dynamodb:{operation}"
        return SchemaError(
            f"{table}: {operation} is not allowed to this role: {message}.",
            next_step=f'Grant it where the stacks are made, on the table {table}: table.grant(migrations, "{action}").',
        )
    if error.response["Error"]["Code"] == "ResourceNotFoundException":
        return SchemaError(
            f"There is no table {table} in this account and Region.",
            next_step="Correct the name, or deploy the table before the migrations.",
        )
    return None
