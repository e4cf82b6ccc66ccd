"""A table, as it is asked for and changed by a migration."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from ..error_text import safe_repr
from ..errors import InvalidSetting
from ..log import log_event
from ..transport.readiness import awaited
from .errors import SchemaError, refusal
from .waiting import about, wait

if TYPE_CHECKING:
    from ..context import Context

# "Naming rules" in DynamoDB's developer guide.
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
# Seconds in which a table that was made just now may not be known everywhere.
_SPREADING: Final = 30.0
# The service is at work on the table, or on as many as it is at once: it says so to whoever comes next.
_BUSY: Final = frozenset({"LimitExceededException", "ResourceInUseException"})


def wait_for_table(ctx: Context, table: str) -> None:
    """
    Wait until *table* is ACTIVE: one that was made or changed just now is not.

    When time is up, the run stops there and the migration is run again: by the next process of the same run where it
    goes on elsewhere, else by the next deploy.

    Args:
        table: Its name in ``ctx.tables``, or its physical one.

    Raises:
        SchemaError: There is no such table.
        NotReady: It will not become ACTIVE by waiting.
        StopRequested: There is no more time. Let it pass.
        LockLost: The lock is no longer ours. Let it pass.
    """
    found = WatchedTable(ctx, table)
    clock = ctx.runtime.clock
    began = clock.monotonic()

    def look() -> str:
        try:
            described = found.describe()
        except SchemaError:
            if ctx.dry_run or clock.monotonic() - began >= _SPREADING:
                raise
            return f"table {found.name} is not there yet"
        return awaited({**described, "GlobalSecondaryIndexes": ()})

    with ctx.checkpoint.running_again():
        wait(ctx, look)
    ctx.runtime.is_usable(found.name)


class WatchedTable:
    """
    Attributes:
        name: The physical one.

    Raises:
        InvalidSetting: It can't be the name of a table.
    """

    def __init__(self, ctx: Context, table: str) -> None:
        self._ctx = ctx
        self.name = ctx.runtime.tables.get(table, table) if isinstance(table, str) else table
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise InvalidSetting(
                f"{ctx.migration}: {safe_repr(table)} can't be the name of a table.",
                next_step="Use one of ctx.tables, or a physical name: 3 to 255 letters, digits and any of _ . -",
            )

    def describe(self) -> Mapping[str, Any]:
        """
        Raises:
            SchemaError: There is no such table, or it may not be asked for.
        """
        table: Mapping[str, Any] = self.call("DescribeTable", self._ctx.dynamodb.describe_table)["Table"]
        return {"TableName": self.name, **table}

    def call(self, operation: str, send: Any, **request: Any) -> Any:
        """
        Send *request* about the table.

        Raises:
            SchemaError: It is not allowed, or there is no such table.
            ClientError: As the service says it.
        """
        try:
            return send(TableName=self.name, **request)
        except ClientError as error:
            if (found := refusal(error, self.name, operation)) is not None:
                raise found from error
            raise

    def change(self, what: str, operation: str, send: Any, **request: Any) -> str:
        """
        Order a change of the table: *what*, in words. A dry run only says so.

        Returns:
            What has to be waited for before it can be ordered, in words; empty: it is ordered.

        Raises:
            SchemaError, ClientError: As in `call`.
            LockLost: The lock is no longer ours.
        """
        ctx = self._ctx
        if ctx.dry_run:
            sentence = f"{ctx.migration} would {what} of {self.name}."
            log_event(ctx.logger, logging.INFO, "schema.rehearsed", sentence, **about(ctx))
            if (rehearsal := ctx.runtime.rehearsal) is not None:
                rehearsal.would(operation, self.name, request)
            return ""
        ctx.require_lock()
        try:
            self.call(operation, send, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _BUSY:
                raise
            return f"table {self.name} is being changed already"
        sentence = f"{ctx.migration} asked DynamoDB to {what} of {self.name}."
        log_event(ctx.logger, logging.INFO, "schema.ordered", sentence, **about(ctx))
        return ""
