"""Simulates fleets of all sizes, prints the tables, and writes docs/why/fleets.md with its chart."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from . import report
from .claims import Worst
from .scenarios import SCENARIOS, SIZES
from .simulation import Outcome, Simulation

_DOCS: Final = Path(__file__).parents[2] / "docs"
_SEEDS: Final = 3
# A fleet of many takes as many times as long to simulate as it has workers, and once more.
_LARGE: Final = 128


def _run(name: str, size: int, seed: int) -> Outcome:
    return Simulation(SCENARIOS[name](size), seed=seed).run()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute: no large fleets, and nothing is written")
    options = parser.parse_args()
    sizes = [size for size in SIZES if size < _LARGE or not options.quick]
    seeds = {size: 1 if size >= _LARGE or options.quick else _SEEDS for size in sizes}
    began = time.monotonic()
    results = _all(seeds)
    for name, text in report.tables(results).items():
        print(f"\nsimulation: {name}\n{text}")
    print(f"\nsimulation: took {time.monotonic() - began:.0f} seconds")
    if not options.quick:
        for name, text in (
            ("pictures/fleets.svg", report.svg(results)),
            ("why/fleets.md", report.markdown(results, seeds=seeds)),
        ):
            (_DOCS / name).write_text(text, encoding="utf-8", newline="\n")
        print("simulation: wrote docs/why/fleets.md and its chart")


def _all(seeds: Mapping[int, int]) -> dict[str, dict[int, Worst]]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        # The largest first, so that none of the processes is left with one at the end.
        runs = {
            (name, size): [pool.submit(_run, name, size, seed + 1) for seed in range(seeds[size])]
            for size in sorted(seeds, reverse=True)
            for name in SCENARIOS
        }
        return {
            name: {size: Worst.of([run.result() for run in runs[name, size]]) for size in sorted(seeds)}
            for name in SCENARIOS
        }


if __name__ == "__main__":
    main()
