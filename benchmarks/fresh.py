"""
What a cold start does, timed from the first line on; prints the milliseconds of processor time as JSON.

Run by itself, with the asset on the path as Lambda has it: ``python -P benchmarks/fresh.py STEP``.
"""

from __future__ import annotations

import time

_BEGAN = time.process_time()

import sys  # noqa: E402 - the clock comes first
from types import SimpleNamespace  # noqa: E402


def tracer() -> None:
    """What a function commonly begins with: boto3, a client, and Powertools' Tracer."""
    import boto3
    from aws_lambda_powertools import Tracer

    Tracer(service="benchmark")
    boto3.client("dynamodb")


def handler() -> None:
    """Our handler, and the client that its own requests go through."""
    from dynamigrate import handler

    _ = handler._setup().clients.state


def migration() -> None:
    """The same, and what a migration gets that asks for a client."""
    from dynamigrate import handler

    setup = handler._setup()
    _ = setup.clients.state, setup.clients.dynamodb


def source() -> None:
    """Our handler, its client, and the migrations that there are."""
    from dynamigrate import handler

    setup = handler._setup()
    _ = setup.clients.state
    setup.source.load()


def plan() -> None:
    """The whole first invocation: the handler works out what is pending, from the history in its table."""
    from dynamigrate.handler import handle

    answer = handle({"action": "plan"}, SimpleNamespace(aws_request_id="1", function_name="f", log_stream_name="l"))
    if answer is None or not answer["ok"] or answer["pending"]:
        raise SystemExit(f"the plan should be empty: {answer}")


if __name__ == "__main__":
    {"tracer": tracer, "handler": handler, "migration": migration, "source": source, "plan": plan}[sys.argv[1]]()
    print((time.process_time() - _BEGAN) * 1000)
