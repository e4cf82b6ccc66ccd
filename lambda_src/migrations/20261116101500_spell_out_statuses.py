"""Statuses as words ("SHIPPED") instead of letters ("S"), there and back."""

from collections.abc import Mapping

from dynamigrate import Context

from ._items import each_item
from ._statuses import STATUSES


def do(ctx: Context) -> None:
    _replace(ctx, {letter: code for letter, code, _label in STATUSES})


def undo(ctx: Context) -> None:
    _replace(ctx, {code: letter for letter, code, _label in STATUSES})


def _replace(ctx: Context, new: Mapping[str, str]) -> None:
    for order in each_item(ctx, ctx.tables["orders"]):
        old = order.get("status", {}).get("S")
        if old not in new:
            continue
        try:
            ctx.dynamodb.update_item(
                TableName=ctx.tables["orders"],
                Key={"orderId": order["orderId"]},
                UpdateExpression="SET #status = :new",
                ConditionExpression="#status = :old",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":new": {"S": new[old]}, ":old": {"S": old}},
            )
        except ctx.dynamodb.exceptions.ConditionalCheckFailedException:
            ctx.logger.info("order.changed_meanwhile", extra={"order": order["orderId"]["S"]})
