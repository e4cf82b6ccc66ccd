"""Give the first order a status."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dynamigrate import Context


def do(ctx: Context) -> None:
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"id": {"S": "1"}, "status": {"S": "NEW"}})


def undo(ctx: Context) -> None:
    ctx.dynamodb.delete_item(TableName=ctx.tables["orders"], Key={"id": {"S": "1"}})
