"""The migrations that the dashboard shows beside the one that fails: each a name, and what is in the file."""

from demo.added import DETACHED_CODE

RUNNING = "20261121090000_count_characters"
# Slowly, so that somebody can look on for a while.
RUNNING_CODE = DETACHED_CODE.replace("max_write_units=20", "max_write_units=4")
HELD = "20261122090000_drop_customer_names"
HELD_CODE = f'''\
"""What the report needs of a name is counted by then; deploys go on without this until it is."""

requires = ["{RUNNING.partition("_")[0]}"]
if_not_ready = "hold"


def do(ctx):
    pass
'''
