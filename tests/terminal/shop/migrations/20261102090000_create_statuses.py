"""Create the statuses that orders may have."""

from dynamigrate import Context

NAMES = {"N": "NEW", "P": "PAID", "S": "SHIPPED"}


def do(ctx: Context) -> None:
    for code, name in NAMES.items():
        ctx.dynamodb.update_item(
            TableName=ctx.tables["statuses"],
            Key={"id": {"S": code}},
            UpdateExpression="SET #name = if_not_exists(#name, :name)",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":name": {"S": name}},
        )
