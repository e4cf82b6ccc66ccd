"""Going through a whole table so that a run that has to stop can be gone on with."""

from collections.abc import Iterator
from typing import Any

from dynamigrate import Context

# A few seconds of work: what is done again after a stop is no more than that.
_PAGE = 200


def each_item(ctx: Context, table: str) -> Iterator[dict[str, Any]]:
    """
    All items of *table*, in no order; goes on where the last run left off.

    What comes after the last checkpoint is seen again, so whatever is done with an item has to be safe to do twice.
    """
    saved = ctx.checkpoint.load() or {"done": 0, "after": None}
    done, after = saved["done"], saved["after"]
    # DynamoDB counts a table's items every six hours or so: good enough to tell how far we are.
    total = ctx.dynamodb.describe_table(TableName=table)["Table"]["ItemCount"]
    while True:
        start = {"ExclusiveStartKey": after} if after else {}
        page = ctx.dynamodb.scan(TableName=table, Limit=_PAGE, ConsistentRead=True, **start)
        yield from page["Items"]
        done += len(page["Items"])
        after = page.get("LastEvaluatedKey")
        if not after:
            ctx.progress(done, done)
            return
        ctx.progress(done, max(total, done + 1))
        ctx.checkpoint.save({"done": done, "after": after})
