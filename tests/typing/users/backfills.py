"""Backfills of a user's. Each line that a type checker has to refuse ends in `wrong`."""

from typing import Any, assert_type

from boto3.dynamodb.conditions import Attr

from dynamigrate import (
    Backfill,
    CloudWatchAlarms,
    CloudWatchMeter,
    Context,
    Delete,
    Item,
    Put,
    Update,
    function_migration,
)


def add_status(item: Item, ctx: Context) -> Update | None:
    if "status" not in item:
        return Update(set={"status": "PAID" if item["paid"] else "NEW"}, remove=["paid"])
    return None


def move(item: Item, ctx: Context) -> list[Put | Delete]:
    return [Put({**item, "id": f"order#{item['id']}"}), Delete({"id": item["id"]})]


def several(item: Item, ctx: Context) -> Put | Update | Delete | list[Put] | None:
    return None


def of_the_item_alone(item: Item) -> None: ...


def a_dict(item: Item, ctx: Context) -> dict[str, Any]:
    return {**item}


def of_another_order(ctx: Context, item: Item) -> None: ...


def changed_in_place(item: Item, ctx: Context) -> Update:
    item["status"] = "NEW"  # wrong
    item.status = "NEW"  # wrong
    assert_type(item.get("status"), Any)
    assert_type({**item}, dict[str, Any])
    return Update(set={**item}, when={"status": Update.ABSENT})


class Priced:
    """A transform that is an object, as one with settings of its own is."""

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __call__(self, item: Item, ctx: Context) -> Update:
        return Update(set={"cents": item["price"] * self.factor})


do = Backfill(table="orders", transform=add_status)
undo = Backfill(
    table="orders",
    transform=move,
    segments=32,
    filter=Attr("status").not_exists(),
    projection=["status"],
    index="by-status",
    max_read_units=100,
    max_write_units=50.5,
    batch=25,
    threads=8,
    overwrite=True,
    once=True,
    on_error="skip",
    workers=8,
    throttle_on=["orders-p99"],
    verify="full",
    passes=5,
    max_cost=5,
)
Backfill(table="orders", transform=Priced(100), verify=None)
Backfill(table="orders", transform=several)
Backfill(table="orders", transform=of_the_item_alone)  # wrong
Backfill(table="orders", transform=a_dict)  # wrong
Backfill(table="orders")  # wrong
Backfill(table="orders", transform=of_another_order)  # wrong
Backfill(table="orders", transform=add_status())  # wrong
Backfill(table="orders", transform=add_status, verify="all")  # wrong
Backfill(table="orders", transform=add_status, verify=True)  # wrong
Backfill(table="orders", transform=add_status, workers="8")  # wrong
Backfill(table="orders", transform=add_status, max_cost="5 USD")  # wrong
Backfill(table="orders", transform=add_status, filter=7)  # wrong
Backfill(table="orders", transform=add_status, throttle_on=7)  # wrong
Backfill("orders", add_status)
Backfill(table="orders", transform=add_status, on_error="ignore")  # wrong
Backfill(table="orders", transform=add_status, segment=3)  # wrong
Update(put={"status": "NEW"})  # wrong
Update(set=["status"])  # wrong
Put({"id": 1}, {"id": 2})  # wrong
Put()  # wrong
Delete(["id"])  # wrong
Delete()

function_migration(do, undo)
function_migration(do=7)  # wrong
function_migration("do")  # wrong


def by_hand(ctx: Context) -> None:
    start = ctx.checkpoint.load() or 0
    ctx.checkpoint.save(start + 1)
    ctx.progress(1, 2, written=3)
    assert_type(ctx.remaining(), float)
    assert_type(ctx.run_id, str)
    assert_type(ctx.dry_run, bool)
    assert_type(ctx.tables["orders"], str)
    assert_type(ctx.params["stage"], str)
    ctx.logger.info("half of it")
    ctx.dynamodb.transact_write_items(TransactItems=[ctx.lock_condition()])
    ctx.table("orders")  # wrong
    ctx.progress("half", 2)  # wrong
    ctx.tables["orders"] = "other"  # wrong


def meters(client: Any) -> CloudWatchMeter:
    return CloudWatchMeter(client)


def alarms(client: Any) -> CloudWatchAlarms:
    return CloudWatchAlarms(client)


waiting = Backfill(table="orders", transform=lambda item, ctx: None, throttle_on=["orders-p99"])
