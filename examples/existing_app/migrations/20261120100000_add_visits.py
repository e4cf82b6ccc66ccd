"""Every bookmark counts its visits, from zero."""

from contextlib import suppress

from dynamigrate import Context


def do(ctx: Context) -> None:
    table = ctx.tables["bookmarks"]
    # dynamigrate: ignore[DYN102] because one person's bookmarks are a few pages, and each may be seen twice
    for page in ctx.dynamodb.get_paginator("scan").paginate(TableName=table):
        for bookmark in page["Items"]:
            # One that was deleted meanwhile is not to be made again.
            with suppress(ctx.dynamodb.exceptions.ConditionalCheckFailedException):
                ctx.dynamodb.update_item(
                    TableName=table,
                    Key={"url": bookmark["url"]},
                    UpdateExpression="SET visits = if_not_exists(visits, :zero)",
                    ConditionExpression="attribute_exists(#url)",
                    ExpressionAttributeNames={"#url": "url"},
                    ExpressionAttributeValues={":zero": {"N": "0"}},
                )
