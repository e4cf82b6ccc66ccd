"""The table of the team that has the warehouse."""

from dynamigrate import Context


def stock_of(ctx: Context, isbn13: str) -> int:
    """How many there are; of a book that the warehouse does not know, none."""
    found = ctx.dynamodb.get_item(TableName=ctx.tables["warehouse"], Key={"isbn13": {"S": isbn13}})
    return int(found.get("Item", {}).get("count", {"N": "0"})["N"])
