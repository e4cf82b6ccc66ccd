"""Measures everything, prints the tables, and writes docs/performance.md with its chart."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

from . import report, suite
from .scale import FULL, QUICK

_DOCS: Final = Path(__file__).parents[1] / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, coarser, and nothing is written")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    began = time.monotonic()
    results = suite.run(scale, say=lambda text: print(f"bench: {text}", flush=True))
    print(f"bench: took {time.monotonic() - began:.0f} seconds, on {results.machine}")
    for table in report.sections(results).values():
        print(f"\n{table}")
    if not options.quick:
        _DOCS.mkdir(exist_ok=True)
        for name, text in (
            ("performance.svg", report.svg(results)),
            ("performance.md", report.markdown(results, scale)),
        ):
            (_DOCS / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"\nbench: wrote {_DOCS.name}/performance.md and its chart")


if __name__ == "__main__":
    main()
