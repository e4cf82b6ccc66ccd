"""Time to live: DynamoDB deletes items by itself, by a time that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from ..error_text import safe_repr
from ..errors import InvalidSetting
from .errors import SchemaError
from .tables import WatchedTable
from .waiting import wait

if TYPE_CHECKING:
    from ..context import Context

# Characters: "Quotas" in DynamoDB's developer guide.
_LONGEST_NAME: Final = 255
# The service takes one change of it an hour, and says so in these words.
_TOO_SOON: Final = "multiple times"


def enable_ttl(ctx: Context, table: str, attribute: str) -> None:
    """
    Switch time to live of *table* on, by *attribute*, which has seconds since the epoch as a number.

    Where it is on by that attribute, nothing is done. Where it is being switched off, or was a moment ago, that is
    waited for: up to an hour. When time is up, the run stops there and the migration is run again, as `wait_for_table`
    has it. DynamoDB takes up to an hour to begin, and deletes what is past its time within days, in no order that can
    be told.

    Raises:
        InvalidSetting: *attribute* can't be the name of one.
        SchemaError: There is no such table, it is on by another attribute, or the role may not change it.
        StopRequested: There is no more time. Let it pass.
        LockLost: The lock is no longer ours. Let it pass.
    """
    if not isinstance(attribute, str) or not 0 < len(attribute) <= _LONGEST_NAME:
        raise InvalidSetting(
            f"{ctx.migration}: {safe_repr(attribute)} can't be the name of an attribute.",
            next_step='Give the one that has the time, such as "expiresAt".',
        )
    found = WatchedTable(ctx, table)

    def look() -> str:
        told = found.call("DescribeTimeToLive", ctx.dynamodb.describe_time_to_live)
        is_ = told.get("TimeToLiveDescription", {})
        state, by = is_.get("TimeToLiveStatus", "DISABLED"), is_.get("AttributeName")
        if state in ("ENABLED", "ENABLING"):
            if by in (attribute, None):
                return ""
            raise SchemaError(
                f"Time to live of {found.name} is on by {by}, and not by {attribute}.",
                next_step=f"Use {by}; or switch it off first, which takes up to an hour. A table has one.",
            )
        if state == "DISABLING":
            return f"time to live of {found.name} is DISABLING"
        return _ordered(ctx, found, attribute)

    with ctx.checkpoint.running_again():
        wait(ctx, look)


def _ordered(ctx: Context, table: WatchedTable, attribute: str) -> str:
    specification = {"Enabled": True, "AttributeName": attribute}
    try:
        return table.change(
            f"switch time to live by {attribute} on",
            "UpdateTimeToLive",
            ctx.dynamodb.update_time_to_live,
            TimeToLiveSpecification=specification,
        )
    except ClientError as error:
        if _TOO_SOON not in str(error.response["Error"].get("Message", "")):
            raise
        return f"time to live of {table.name} was changed within the last hour"
