"""The options of a `DynamoDBTarget`, checked when they are given."""

from __future__ import annotations

import re
from typing import Any, Final

from ..contract import ItemKind
from ..dynamodb_client import require_plain_client
from ..errors import InvalidSetting

# "Naming rules" in DynamoDB's developer guide; a name may also be given as an ARN.
_TABLE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}|arn:[^:\s]+:dynamodb:[^\s]+:table/[A-Za-z0-9_.-]{3,255}")


def check_client(client: Any) -> None:
    """
    Raises:
        InvalidSetting: *client* is no DynamoDB client.
    """
    require_plain_client(client)
    if not callable(getattr(client, "transact_write_items", None)):
        raise InvalidSetting(
            f"{client!r} is no DynamoDB client.",
            next_step='Give boto3.client("dynamodb"); a resource, its meta.client or a Table won\'t do.',
        )


def check_names(table_name: str, lock_table_name: str, lock_id: str) -> None:
    """
    Raises:
        InvalidSetting: A name can't be, or both tables have the same.
    """
    for option, name in (("table_name", table_name), ("lock_table_name", lock_table_name)):
        if not isinstance(name, str) or not _TABLE_NAME.fullmatch(name):
            raise InvalidSetting(
                f"{option}={name!r} can't be the name of a table.",
                next_step="Use 3 to 255 letters, digits, underscores, dots and hyphens.",
            )
    if table_name == lock_table_name:
        raise InvalidSetting(
            f"table_name and lock_table_name are both {table_name!r}.", next_step="Give each a table of its own."
        )
    if not isinstance(lock_id, str) or not lock_id or ItemKind.begins(lock_id):
        raise InvalidSetting(
            f"lock_id={lock_id!r} can't be the id of a lock.",
            next_step="Use any text that is not empty and does not begin with run#, segment# or deploy#.",
        )


def check_seconds(**options: float) -> None:
    """
    Raises:
        InvalidSetting: One is no positive number of seconds.
    """
    for option, seconds in options.items():
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < float("inf"):
            raise InvalidSetting(
                f"{option}={seconds!r} is no length of time.", next_step="Give seconds: a number above 0."
            )
