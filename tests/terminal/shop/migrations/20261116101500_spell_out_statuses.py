"""Spell out statuses: NEW where it was N."""

from dynamigrate import Backfill, Context, Item, Update

NAMES = {"N": "NEW", "P": "PAID", "S": "SHIPPED"}


def spelled(order: Item, ctx: Context) -> Update | None:
    name = NAMES.get(order["status"])
    return Update(set={"status": name}) if name else None


def abbreviated(order: Item, ctx: Context) -> Update | None:
    codes = {name: code for code, name in NAMES.items()}
    code = codes.get(order["status"])
    return Update(set={"status": code}) if code else None


do = Backfill(table="orders", transform=spelled, max_write_units=1000)
undo = Backfill(table="orders", transform=abbreviated)
