"""Measures everything, prints the tables, and writes docs/why/performance.md with its charts."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from . import report, suite
from .parts import PARTS, Found, Part
from .scale import FULL, QUICK, Scale

_DOCS: Final = Path(__file__).parents[1] / "docs"
_PAGE: Final = _DOCS / "why/performance.md"
_PICTURES: Final = _DOCS / "pictures"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some minutes, coarser, and nothing is written")
    parser.add_argument("--speed", action="store_true", help="all but the parts that follow, whose sections stay")
    for name, part in PARTS.items():
        parser.add_argument(f"--{name}", action="store_true", help=f"{part.what} alone, and the section of the page")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    began = time.monotonic()
    chosen = [part for name, part in PARTS.items() if getattr(options, name)]
    if options.speed or not chosen:
        _measure_all(scale, write=not options.quick, speed_alone=options.speed)
    for part in chosen:
        _measure_part(part, scale, write=not options.quick)
    _say(f"took {time.monotonic() - began:.0f} seconds")


def _measure_all(scale: Scale, *, write: bool, speed_alone: bool) -> None:
    # Before anything is measured: a page without them could not be written.
    sections = {part.place: part.marks.kept(_page()) for part in PARTS.values() if speed_alone}
    results = suite.run(scale, say=_say)
    _print(report.sections(results))
    pictures = {"performance.svg": report.svg(results)}
    for part in () if speed_alone else PARTS.values():
        found = _measured(part, scale)
        sections[part.place] = part.marks.around(found.text)
        pictures |= found.pictures
    if write:
        _write(report.markdown(results, scale, sections), pictures)


def _measure_part(part: Part, scale: Scale, *, write: bool) -> None:
    found = _measured(part, scale)
    if write:
        _write(part.marks.replaced(_page(), found.text), found.pictures)


def _measured(part: Part, scale: Scale) -> Found:
    """What is found of *part*, once it was printed."""
    _say(part.what)
    found = part.measure(scale, _say)
    _print(found.tables)
    return found


def _say(text: str) -> None:
    print(f"bench: {text}", flush=True)


def _print(tables: Mapping[str, str]) -> None:
    for table in tables.values():
        print(f"\n{table}")


def _page() -> str:
    return _PAGE.read_text(encoding="utf-8")


def _write(page: str, pictures: Mapping[str, str]) -> None:
    for path, text in ((_PAGE, page), *((_PICTURES / name, picture) for name, picture in pictures.items())):
        path.write_text(text, encoding="utf-8", newline="\n")
        _say(f"wrote {path.parent.name}/{path.name}")


if __name__ == "__main__":
    main()
