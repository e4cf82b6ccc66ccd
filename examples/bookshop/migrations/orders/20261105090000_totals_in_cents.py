"""What an order comes to was text, as "19.90". Services count in cents."""

from decimal import Decimal

from dynamigrate import Backfill, Context, Item, Update


def transform(order: Item, ctx: Context) -> Update | None:
    if "totalCents" in order:
        return None
    return Update(set={"totalCents": int(Decimal(order["total"]) * 100)})


do = Backfill(table="orders", transform=transform)
