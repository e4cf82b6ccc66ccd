"""The migrations that are added as the story goes on: each a name, and what is in the file."""

ADDED = "20261120090000_ship_to_country"
ADDED_CODE = '''\
"""Orders from before we shipped abroad get the only country there was."""


def do(ctx):
    table = ctx.tables["orders"]
    for page in ctx.dynamodb.get_paginator("scan").paginate(TableName=table):
        for order in page["Items"]:
            ctx.dynamodb.update_item(
                TableName=table,
                Key={"orderId": order["orderId"]},
                UpdateExpression="SET country = if_not_exists(country, :default)",
                ConditionExpression="attribute_exists(orderId)",
                ExpressionAttributeValues={":default": {"S": "DE"}},
            )


def undo(ctx):
    pass  # nobody minds a country too many
'''

FAILING = "20261123090000_split_names"
FAILING_CODE = '''\
"""First and last name of each customer, from the name that they gave."""


def do(ctx):
    for page in ctx.dynamodb.get_paginator("scan").paginate(TableName=ctx.tables["orders"]):
        for order in page["Items"]:
            split(order)


def split(order):
    if "name" not in order:
        raise ValueError(f"order {order['orderId']['S']} has no name: was it placed before 2026?")
'''
CORRECTED_CODE = FAILING_CODE.replace(
    "        raise ValueError(f\"order {order['orderId']['S']} has no name: was it placed before 2026?\")",
    "        return  # placed before we asked for names",
)
AFTER = "20261124090000_drop_text_totals"
AFTER_CODE = '''\
"""The total as text goes, once the application that reads cents is deployed."""

from dynamigrate import Backfill, Update

phase = "after"
requires = ["20261109143000"]


def drop(order, ctx):
    if "total" in order and "totalCents" in order:
        return Update(remove=["total"])


do = Backfill(table="orders", transform=drop)
'''
LONG = "20261126090000_mark_as_read"
LONG_CODE = '''\
"""Every order gets a mark that the new release looks for: slowly, so that customers notice nothing."""

from dynamigrate import Backfill, Update


def mark(order, ctx):
    if "read" not in order:
        return Update(set={"read": False})


do = Backfill(table="orders", transform=mark, max_write_units=25)
'''
DETACHED = "20261127090000_count_characters"
DETACHED_CODE = '''\
"""How long each order's customer's name is, for a report of next month: no deploy needs to wait for it."""

from dynamigrate import Backfill, Update

detached = True


def count(order, ctx):
    if "characters" not in order:
        return Update(set={"characters": len(order["customerId"])})


do = Backfill(table="orders", transform=count, max_write_units=20)
'''
