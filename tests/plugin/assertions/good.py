"""Migrations in which no assertion finds anything."""

GOOD_BACKFILL = """
from dynamigrate import Backfill, Update

def add(item, ctx):
    if "status" not in item:
        return Update(set={"status": "NEW"})

def remove(item, ctx):
    if item.get("status") == "NEW":
        return Update(remove=["status"])

do = Backfill(table="orders", transform=add)
undo = Backfill(table="orders", transform=remove)
"""

GOOD_FUNCTION = """
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        try:
            ctx.dynamodb.update_item(
                TableName=ctx.tables["orders"],
                Key={"orderId": order["orderId"]},
                UpdateExpression="SET #status = if_not_exists(#status, :new)",
                ConditionExpression="attribute_exists(orderId)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":new": {"S": "NEW"}},
            )
        except ctx.dynamodb.exceptions.ConditionalCheckFailedException:
            pass

def undo(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        if order.get("status") == {"S": "NEW"}:
            ctx.dynamodb.update_item(
                TableName=ctx.tables["orders"],
                Key={"orderId": order["orderId"]},
                UpdateExpression="REMOVE #status",
                ExpressionAttributeNames={"#status": "status"},
            )
"""
