"""
What a deploy with nothing to do costs, and a plan over a long history; prints the figures as JSON.

The processor's time is that of the engine and of the function's own client, with warm imports and an open connection.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from dynamigrate import Context, DynamoDBTarget, MemorySource, MigratePlanner, Migration, migrate
from dynamigrate.handler.clients import Clients
from dynamigrate.planning import make_plan

from .stub import Statistics
from .stub.tables import migration_id


def measure(endpoint: str, *, applied: int, long: int, rounds: int) -> dict[str, float]:
    """
    The figures of a no-op deploy with *applied* migrations, and of one, and a plan of one more, with *long* ones.

    Args:
        rounds: Of how many the fastest counts.
    """
    os.environ["AWS_ENDPOINT_URL"] = endpoint  # also for boto3, which is what this would fall back on
    client = Clients(os.environ).state
    figures: dict[str, float] = {}
    for name, count in (("noop", applied), ("long_noop", long)):
        source, target = _source(count), DynamoDBTarget(client, table_name=f"history-{count}")
        migrate(source, target)
        before = Statistics.of(endpoint)
        figures[f"{name}_cpu"] = _fastest(partial(migrate, source, target), rounds)
        figures[f"{name}_requests"] = sum(Statistics.of(endpoint).since(before).requests.values()) / rounds
    records = DynamoDBTarget(client, table_name=f"history-{long}").records()
    migrations = _source(long + 1).load()
    if len(make_plan(migrations, records, MigratePlanner())) != 1:
        raise SystemExit("the plan should have one action")
    figures["long_plan_cpu"] = _fastest(lambda: make_plan(migrations, records, MigratePlanner()), rounds)
    return figures


def _source(count: int) -> MemorySource:
    source = MemorySource()
    for number in range(count):
        source.add(Migration(migration_id(number), "add a status", do=_nothing))
    return source


def _nothing(ctx: Context) -> None:
    """What a migration does that is never run."""


def _fastest(call: Callable[[], Any], rounds: int) -> float:
    """Milliseconds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return min(times) * 1000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("endpoint")
    parser.add_argument("--applied", type=int, required=True)
    parser.add_argument("--long", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    options = parser.parse_args()
    print(json.dumps(measure(options.endpoint, applied=options.applied, long=options.long, rounds=options.rounds)))
