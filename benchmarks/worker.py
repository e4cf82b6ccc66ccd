"""
One contender, once, in a fresh process; prints what it took as JSON.

The processor's time is that of all threads of the process, in user mode and in the kernel, without the stub's.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from . import go_program
from .contenders import Contender, named
from .cores import busy_seconds, own_core
from .go_program import Taken
from .stub import Statistics

# The share of a core. A machine that does nothing uses less.
DISTURBED: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """
    Attributes:
        items: How many the table has.
        cpu: Microseconds of processor time an item.
        seconds: From beginning to end.
        operations: How many of each the stub answered.
        stub: How busy the stub was, as a share of that time: near 1 it would be what is measured.
        peak: The largest resident set, in bytes.
        others: The share of the contender's or of the stub's core that was used by others, whichever is larger; 0 where
            the machine does not say.
    """

    items: int
    cpu: float
    seconds: float
    operations: dict[str, int]
    stub: float
    peak: int
    others: float

    @property
    def requests(self) -> int:
        return sum(self.operations.values())

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.seconds

    @property
    def is_disturbed(self) -> bool:
        """Whether others used more of a core than what goes on on a machine that does nothing."""
        return self.others > DISTURBED


def measure(name: str, endpoint: str, table: str, *, warm_up: str) -> Measurement:
    """Let the contender *name* rewrite *table*, after the table *warm_up*, if there is one."""
    contender, items = named(name), int(table.rpartition("-")[2])
    ready = go_program.ready if contender.is_go else _ready
    with ready(contender, endpoint, table, warm_up) as run:
        before = Statistics.of(endpoint)
        core = own_core()
        cores = [] if core is None or before.core is None else [core, before.core]
        busy = busy_seconds(cores)
        taken = run()
        answered, busy_after = Statistics.of(endpoint).since(before), busy_seconds(cores)
    own = (taken.cpu, answered.cpu)
    others = [after - early - used for early, after, used in zip(busy, busy_after, own, strict=False)]
    return Measurement(
        items=items,
        cpu=taken.cpu / items * 1e6,
        seconds=taken.seconds,
        operations=dict(answered.requests),
        stub=answered.cpu / taken.seconds,
        peak=taken.peak,
        others=max(0.0, *others) / taken.seconds if others else 0.0,
    )


@contextmanager
def _ready(contender: Contender, endpoint: str, table: str, warm_up: str) -> Iterator[Callable[[], Taken]]:
    """Warmed up; what is given rewrites *table*."""
    rewrite = contender.load()
    if warm_up:
        rewrite(endpoint, warm_up)

    def run() -> Taken:
        cpu, began = time.process_time(), time.perf_counter()
        rewrite(endpoint, table)
        cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
        return Taken(cpu=cpu, seconds=seconds, peak=_peak())

    yield run


def _peak() -> int:
    """
    Bytes.

    Where Linux tells, of this program alone: its getrusage counts what the process had resident before it became this.
    """
    status = Path("/proc/self/status")
    found = (
        re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(encoding="ascii"), re.MULTILINE) if status.exists() else None
    )
    if found:
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker", description=__doc__)
    parser.add_argument("contender")
    parser.add_argument("endpoint")
    parser.add_argument("table")
    parser.add_argument("--warm-up", default="", help="another table, which is rewritten first")
    options = parser.parse_args()
    print(json.dumps(asdict(measure(options.contender, options.endpoint, options.table, warm_up=options.warm_up))))
