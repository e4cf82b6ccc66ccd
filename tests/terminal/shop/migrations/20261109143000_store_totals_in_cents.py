"""Store totals in cents, beside the price."""

from decimal import Decimal

from dynamigrate import Backfill, Context, Item, Update


def to_cents(order: Item, ctx: Context) -> Update | None:
    if "cents" in order:
        return None
    return Update(set={"cents": int(Decimal(order["price"]) * 100)})


do = Backfill(table="orders", transform=to_cents, max_write_units=1000)
