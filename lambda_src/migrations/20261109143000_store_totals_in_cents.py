"""
Totals as whole cents, beside the text ("19.90") that they were stored as.

The text stays: the application that is running now still reads it. A later migration can remove it.
"""

from decimal import Decimal
from typing import Any

from dynamigrate import Context

from ._items import each_item


def do(ctx: Context) -> None:
    for order in each_item(ctx, ctx.tables["orders"]):
        _convert(ctx, order)


def _convert(ctx: Context, order: dict[str, Any]) -> None:
    while "total" in order and "totalCents" not in order:
        cents = int(Decimal(order["total"]["S"]).scaleb(2).to_integral_exact())
        try:
            ctx.dynamodb.update_item(
                TableName=ctx.tables["orders"],
                Key={"orderId": order["orderId"]},
                UpdateExpression="SET totalCents = :cents",
                # The application goes on writing: only what we have read may be converted.
                ConditionExpression="#total = :seen AND attribute_not_exists(totalCents)",
                ExpressionAttributeNames={"#total": "total"},
                ExpressionAttributeValues={":cents": {"N": str(cents)}, ":seen": order["total"]},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ctx.dynamodb.exceptions.ConditionalCheckFailedException as error:
            order = error.response.get("Item", {})  # as it is by now; empty if it is gone
        else:
            return


def undo(ctx: Context) -> None:
    for order in each_item(ctx, ctx.tables["orders"]):
        try:
            ctx.dynamodb.update_item(
                TableName=ctx.tables["orders"],
                Key={"orderId": order["orderId"]},
                UpdateExpression="REMOVE totalCents",
                ConditionExpression="attribute_exists(#total)",
                ExpressionAttributeNames={"#total": "total"},
            )
        except ctx.dynamodb.exceptions.ConditionalCheckFailedException:
            ctx.logger.info("Order %s has its total in cents alone, and keeps it.", order["orderId"]["S"])
