"""Measures everything, prints the tables, and writes docs/why/performance.md with its charts."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from . import report, suite
from .looks import section as look_section
from .looks.series import measure_looks
from .marks import Marks
from .presence import section as presence_section
from .presence.series import measure_presences
from .processes import section as fleet_section
from .processes.series import measure_fleets
from .scale import FULL, QUICK, Scale
from .start_up import section as start_up_section
from .start_up.series import measure_start_ups

_DOCS: Final = Path(__file__).parents[1] / "docs"
_PAGE: Final = _DOCS / "why/performance.md"
_PICTURES: Final = _DOCS / "pictures"


@dataclass(frozen=True, kw_only=True)
class Found:
    """
    What was found of a part, as it is printed and written.

    Attributes:
        pictures: By the names of their files.
    """

    tables: Mapping[str, str]
    text: str
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Part:
    """
    What can be measured alone, and has a section of the page.

    Attributes:
        place: The section's name in the page's template.
        what: It, in words.
    """

    marks: Marks
    place: str
    what: str
    measure: Callable[[Scale], Found]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some minutes, coarser, and nothing is written")
    parser.add_argument("--speed", action="store_true", help="all but the parts that follow, whose sections stay")
    for name, part in _PARTS.items():
        parser.add_argument(f"--{name}", action="store_true", help=f"{part.what} alone, and the section of the page")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    began = time.monotonic()
    chosen = [part for name, part in _PARTS.items() if getattr(options, name)]
    if options.speed or not chosen:
        _measure_all(scale, write=not options.quick, speed_alone=options.speed)
    for part in chosen:
        _measure_part(part, scale, write=not options.quick)
    _say(f"took {time.monotonic() - began:.0f} seconds")


def _measure_all(scale: Scale, *, write: bool, speed_alone: bool) -> None:
    # Before anything is measured: a page without them could not be written.
    sections = {part.place: part.marks.kept(_page()) for part in _PARTS.values() if speed_alone}
    results = suite.run(scale, say=_say)
    _print(report.sections(results))
    pictures = {"performance.svg": report.svg(results)}
    for part in _PARTS.values():
        if part.place in sections:
            continue
        _say(part.what)
        found = part.measure(scale)
        _print(found.tables)
        sections[part.place] = part.marks.around(found.text)
        pictures |= found.pictures
    if write:
        _write(report.markdown(results, scale, sections), pictures)


def _measure_part(part: Part, scale: Scale, *, write: bool) -> None:
    found = part.measure(scale)
    _print(found.tables)
    if write:
        _write(part.marks.replaced(_page(), found.text), found.pictures)


def _fleets(scale: Scale) -> Found:
    fleets = measure_fleets(scale, suite.LATENCY, _say)
    return Found(
        tables=fleet_section.tables(fleets),
        text=fleet_section.markdown(fleets),
        pictures={"performance-fleet.svg": fleet_section.svg(fleets)},
    )


def _looks(scale: Scale) -> Found:
    looks = measure_looks(scale, _say)
    return Found(tables=look_section.tables(looks), text=look_section.markdown(looks))


def _start_ups(scale: Scale) -> Found:
    start_ups = measure_start_ups(scale, _say)
    return Found(tables=start_up_section.tables(start_ups), text=start_up_section.markdown(start_ups))


def _presences(scale: Scale) -> Found:
    presences = measure_presences(scale, _say)
    return Found(tables=presence_section.tables(presences), text=presence_section.markdown(presences))


# By the option of each.
_PARTS: Final = {
    "fleet": Part(marks=fleet_section.MARKS, place="fleet", what="fleets of workers", measure=_fleets),
    "verify": Part(marks=look_section.MARKS, place="look", what="looks at what was written", measure=_looks),
    "startup": Part(
        marks=start_up_section.MARKS, place="start_up", what="the command line's start", measure=_start_ups
    ),
    "presence": Part(
        marks=presence_section.MARKS, place="presence", what="what it costs to be in an app", measure=_presences
    ),
}


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
