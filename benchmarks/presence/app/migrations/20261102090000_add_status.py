"""Give the first order a status."""


def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"id": {"S": "1"}, "status": {"S": "NEW"}})


def undo(ctx):
    ctx.dynamodb.delete_item(TableName=ctx.tables["orders"], Key={"id": {"S": "1"}})
