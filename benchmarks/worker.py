"""
One contender, once, in a fresh process; prints what it took as JSON.

The processor's time is that of all threads of the process, in user mode and in the kernel, without the stub's.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass

from .contenders import named
from .stub import Statistics

# Enough for imports, connections and caches.
_WARM_UP = 1_000


@dataclass(frozen=True)
class Measurement:
    """
    Attributes:
        items: How many the table has.
        cpu: Microseconds of processor time an item.
        seconds: From beginning to end.
        operations: How many of each the stub answered.
        stub: How busy the stub was, as a share of that time: near 1 it would be what is measured.
        peak: The largest resident set, in bytes.
    """

    items: int
    cpu: float
    seconds: float
    operations: dict[str, int]
    stub: float
    peak: int

    @property
    def requests(self) -> int:
        return sum(self.operations.values())

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.seconds


def measure(name: str, endpoint: str, items: int, *, warm_up: int = _WARM_UP) -> Measurement:
    """Rewrite a table of *items* orders with the contender *name*, after a small one."""
    run = named(name).load()
    if warm_up:
        run(endpoint, f"orders-{warm_up}")
    before = Statistics.of(endpoint)
    cpu, began = time.process_time(), time.perf_counter()
    run(endpoint, f"orders-{items}")
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    answered = Statistics.of(endpoint).since(before)
    return Measurement(
        items=items,
        cpu=cpu / items * 1e6,
        seconds=seconds,
        operations=dict(answered.requests),
        stub=answered.cpu / seconds,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker", description=__doc__)
    parser.add_argument("contender")
    parser.add_argument("endpoint")
    parser.add_argument("items", type=int)
    parser.add_argument("--warm-up", type=int, default=_WARM_UP)
    options = parser.parse_args()
    print(json.dumps(asdict(measure(options.contender, options.endpoint, options.items, warm_up=options.warm_up))))
