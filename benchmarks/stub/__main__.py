"""The stub's own process: prints its port once it listens, and ends when its standard input does."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping

try:
    import uvloop  # type: ignore[import-not-found, unused-ignore]
except ImportError:  # where nothing is measured, the slower loop will do
    uvloop = None

from .answers import Answers
from .connection import Connection
from .counts import Counts


async def serve(*, latency: Mapping[str, float], unprocessed: float) -> None:
    """Serve on a free port of the loopback, until standard input ends."""
    answers = Answers(unprocessed=unprocessed)
    counts = Counts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers, counts, latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Whoever started us holds the other end, so we don't outlive it, however it ends.
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stub", description=__doc__)
    parser.add_argument("--latency", type=json.loads, default={}, help="seconds by operation, as JSON")
    parser.add_argument("--unprocessed", type=float, default=0.0, help="the share of batched writes to refuse")
    options = parser.parse_args()
    if uvloop is not None:
        uvloop.install()
    asyncio.run(serve(latency=options.latency, unprocessed=options.unprocessed))
