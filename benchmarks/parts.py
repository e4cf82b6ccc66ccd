"""What can be measured alone, and has a section of the page that is written by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .looks import section as look_section
from .looks.series import measure_looks
from .marks import Marks
from .presence import section as presence_section
from .presence.series import measure_presences
from .processes import section as fleet_section
from .processes.series import measure_fleets
from .scale import Scale
from .start_up import section as start_up_section
from .start_up.series import measure_start_ups
from .suite import LATENCY
from .turns import Say


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
    One of them.

    Attributes:
        place: The section's name in the page's template.
        what: It, in words.
    """

    marks: Marks
    place: str
    what: str
    measure: Callable[[Scale, Say], Found]


def _fleets(scale: Scale, say: Say) -> Found:
    fleets = measure_fleets(scale, LATENCY, say)
    return Found(
        tables=fleet_section.tables(fleets),
        text=fleet_section.markdown(fleets),
        pictures={"performance-fleet.svg": fleet_section.svg(fleets)},
    )


def _looks(scale: Scale, say: Say) -> Found:
    looks = measure_looks(scale, say)
    return Found(tables=look_section.tables(looks), text=look_section.markdown(looks))


def _start_ups(scale: Scale, say: Say) -> Found:
    start_ups = measure_start_ups(scale, say)
    return Found(tables=start_up_section.tables(start_ups), text=start_up_section.markdown(start_ups))


def _presences(scale: Scale, say: Say) -> Found:
    presences = measure_presences(scale, say)
    return Found(tables=presence_section.tables(presences), text=presence_section.markdown(presences))


# By the option of each.
PARTS: Final = {
    "fleet": Part(marks=fleet_section.MARKS, place="fleet", what="fleets of workers", measure=_fleets),
    "verify": Part(marks=look_section.MARKS, place="look", what="looks at what was written", measure=_looks),
    "startup": Part(
        marks=start_up_section.MARKS, place="start_up", what="the command line's start", measure=_start_ups
    ),
    "presence": Part(
        marks=presence_section.MARKS, place="presence", what="what it costs to be in an app", measure=_presences
    ),
}
