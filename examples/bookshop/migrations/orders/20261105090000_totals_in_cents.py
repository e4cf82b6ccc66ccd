"""What an order comes to was text, as "19.90". Services count in cents."""

from decimal import Decimal
from typing import Any

from dynamigrate import Backfill, Context, Update


def transform(order: dict[str, Any], ctx: Context) -> Update | None:
    if "totalCents" in order:
        return None
    return Update(set={"totalCents": int(Decimal(order["total"]) * 100)})


do = Backfill(table="orders", transform=transform)
