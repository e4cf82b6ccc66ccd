"""Drop the price, once no code reads it."""

from dynamigrate import Backfill, Context, Item, Update

phase = "after"
requires = ["20261109143000"]
soak = "7d"
if_not_ready = "hold"


def drop(order: Item, ctx: Context) -> Update | None:
    return Update(remove=["price"]) if "price" in order else None


do = Backfill(table="orders", transform=drop)
