"""Every order has a status."""

from collections.abc import Mapping
from typing import Any

from dynamigrate import Backfill, Context, Update


def add_status(order: Mapping[str, Any], ctx: Context) -> Update | None:
    return Update(set={"status": "NEW"}) if "status" not in order else None


do = Backfill(table="orders", transform=add_status)
