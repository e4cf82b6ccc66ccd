"""
A user's migration that calls DynamoDB. Each line that a type checker has to refuse where it knows the client's types ends in
`wrong with stubs`; where it does not, it has to refuse none.
"""

from typing import Any

from dynamigrate import Backfill, Context, Item, MemorySource, MemoryTarget, Update, migrate


def check(ctx: Context) -> None:
    if ctx.dynamodb.describe_table(TableName=ctx.tables["orders"])["Table"]["ItemCount"] == 0:
        raise RuntimeError("there are no orders: is this the right table?")


def do(ctx: Context) -> None:
    for page in ctx.dynamodb.get_paginator("scan").paginate(TableName=ctx.tables["orders"]):
        for item in page["Items"]:
            update(ctx, item["orderId"]["S"])
    ctx.dynamodb.put_itm(TableName="orders", Item={})  # wrong with stubs
    ctx.dynamodb.put_item(TableName="orders", Items={})  # wrong with stubs
    ctx.dynamodb.get_item(TableName="orders", Key={"orderId": {"S": "1"}})["Itm"]  # wrong with stubs


def update(ctx: Context, order_id: str) -> None:
    ctx.dynamodb.transact_write_items(
        TransactItems=[
            {
                "Update": {
                    "TableName": ctx.tables["orders"],
                    "Key": {"orderId": {"S": order_id}},
                    "UpdateExpression": "SET cents = :cents",
                    "ExpressionAttributeValues": {":cents": {"N": "100"}},
                }
            },
            ctx.lock_condition(),
        ]
    )
    condition: dict[str, Any] = ctx.lock_condition()
    condition.keys()
    try:
        ctx.dynamodb.delete_item(TableName="orders", Key={"orderId": {"S": order_id}})
    except ctx.dynamodb.exceptions.ResourceNotFoundException:
        ctx.logger.info("already gone")


def add_owner(item: Item, ctx: Context) -> Update | None:
    found = ctx.dynamodb.get_item(TableName=ctx.tables["owners"], Key={"ownerId": {"S": item["ownerId"]}})
    return Update(set={"owner": found["Item"]["name"]["S"]}) if "Item" in found else None


backfill = Backfill(table="orders", transform=add_owner)


def by_hand(client: Any) -> None:
    migrate(MemorySource(), MemoryTarget(), dynamodb=client)
