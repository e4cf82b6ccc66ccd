"""Half of what can be wrong with a backfill."""

import time

import boto3

from dynamigrate import Backfill, Update

audit = boto3.resource("dynamodb").Table("audit")


def stamp(order, ctx):
    order["stamped"] = time.time()
    return Update(set={"stamped": order["stamped"]})


do = Backfill(table="orders", transform=stamp)
