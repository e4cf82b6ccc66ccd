"""A lookup table: from an order's status to what people read."""

from dynamigrate import Context

from ._statuses import STATUSES

# boto3 asks every 20 seconds unless told otherwise, and a table takes about ten.
_OFTEN = {"Delay": 2, "MaxAttempts": 60}


def do(ctx: Context) -> None:
    table = ctx.params["statuses_table"]
    try:
        ctx.dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "code", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "code", "KeyType": "HASH"}],
        )
    except ctx.dynamodb.exceptions.ResourceInUseException:
        ctx.logger.info("The table %s is there already: an earlier try came this far.", table)
    ctx.dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig=_OFTEN)
    for _letter, code, label in STATUSES:
        ctx.dynamodb.put_item(TableName=table, Item={"code": {"S": code}, "label": {"S": label}})


def undo(ctx: Context) -> None:
    table = ctx.params["statuses_table"]
    try:
        ctx.dynamodb.delete_table(TableName=table)
    except ctx.dynamodb.exceptions.ResourceNotFoundException:
        return
    ctx.dynamodb.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig=_OFTEN)
