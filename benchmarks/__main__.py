"""Measures everything, prints the tables, and writes docs/why/performance.md with its charts."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

from . import report, suite
from .looks import section as look_section
from .looks.series import measure_looks
from .presence import section as presence_section
from .presence.series import measure_presences
from .processes import section
from .processes.results import FleetResults
from .processes.series import measure_fleets
from .scale import FULL, QUICK, Scale
from .start_up import section as start_up_section
from .start_up.series import measure_start_ups

_DOCS: Final = Path(__file__).parents[1] / "docs"
_PAGE: Final = _DOCS / "why/performance.md"
_PICTURES: Final = _DOCS / "pictures"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some minutes, coarser, and nothing is written")
    parser.add_argument("--fleet", action="store_true", help="fleets alone, and their section of the page")
    parser.add_argument("--verify", action="store_true", help="looks at what was written alone, and their section")
    parser.add_argument("--startup", action="store_true", help="the command line's start alone, and its section")
    parser.add_argument("--presence", action="store_true", help="what it costs to be in an app alone, and its section")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    began = time.monotonic()
    if options.verify or options.startup or options.presence:
        measure = _looks if options.verify else _start_ups if options.startup else _presences
        measure(scale, write=not options.quick)
        _say(f"took {time.monotonic() - began:.0f} seconds")
        return
    fleets = (
        measure_fleets(scale, suite.LATENCY, _say) if options.fleet else _measure_all(scale, write=not options.quick)
    )
    _print(section.tables(fleets))
    _say(f"took {time.monotonic() - began:.0f} seconds, on {fleets.machine}")
    if options.fleet and not options.quick:
        _write(_PICTURES / "performance-fleet.svg", section.svg(fleets))
        _write(_PAGE, section.replaced(_PAGE.read_text(encoding="utf-8"), fleets))


def _measure_all(scale: Scale, *, write: bool) -> FleetResults:
    results = suite.run(scale, say=_say)
    _print(report.sections(results))
    if write:
        _write(_PICTURES / "performance.svg", report.svg(results))
        _write(_PICTURES / "performance-fleet.svg", section.svg(results.fleets))
        _write(_PAGE, report.markdown(results, scale))
    return results.fleets


def _looks(scale: Scale, *, write: bool) -> None:
    looks = measure_looks(scale, _say)
    _print(look_section.tables(looks))
    if write:
        page = _PAGE.read_text(encoding="utf-8")
        _write(_PAGE, look_section.MARKS.replaced(page, look_section.markdown(looks)))


def _start_ups(scale: Scale, *, write: bool) -> None:
    start_ups = measure_start_ups(scale, _say)
    _print(start_up_section.tables(start_ups))
    if write:
        page = _PAGE.read_text(encoding="utf-8")
        _write(_PAGE, start_up_section.MARKS.replaced(page, start_up_section.markdown(start_ups)))


def _presences(scale: Scale, *, write: bool) -> None:
    presences = measure_presences(scale, _say)
    _print(presence_section.tables(presences))
    if write:
        page = _PAGE.read_text(encoding="utf-8")
        _write(_PAGE, presence_section.MARKS.replaced(page, presence_section.markdown(presences)))


def _say(text: str) -> None:
    print(f"bench: {text}", flush=True)


def _print(tables: dict[str, str]) -> None:
    for table in tables.values():
        print(f"\n{table}")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
    _say(f"wrote {path.parent.name}/{path.name}")


if __name__ == "__main__":
    main()
