"""The migrations that the dashboard shows beside the one that fails: each a name, and what is in the file."""

RUNNING = "20261121090000_count_characters"
RUNNING_CODE = '''\
"""How long each order's customer's name is, for a report of next month: slowly, and no deploy waits for it."""

from dynamigrate import Backfill, Update

detached = True


def count(order, ctx):
    if "characters" not in order:
        return Update(set={"characters": len(order["customerId"])})


do = Backfill(table="orders", transform=count, max_write_units=4)
'''
HELD = "20261122090000_drop_customer_names"
HELD_CODE = f'''\
"""What the report needs of a name is counted by then; deploys go on without this until it is."""

requires = ["{RUNNING.partition("_")[0]}"]
if_not_ready = "hold"


def do(ctx):
    pass
'''
