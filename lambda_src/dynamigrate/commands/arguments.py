"""The arguments of manual commands: what each may be, and what is said where it is not."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..contract.choices import is_choice
from ..contract.commands import EXAMPLE_ID
from ..contract.durations import seconds_of
from ..contract.names import is_id
from ..next_step import Command, NextStep, RepairAs
from .errors import InvalidArgument

Format = Literal["json", "text"]
# Seconds: no function runs longer.
_LONGEST_WAIT: Final = 900
_LONGEST_RATE: Final = 7 * 86_400

# What a person sent is shown cut, however long or deep it is.
_short: Final = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60
_short.maxlevel = 2
shown: Final = _short.repr


@dataclass(frozen=True, kw_only=True)
class Argument:
    """
    An argument that commands take.

    Attributes:
        expected: What a value has to be, in words.
        example: A value that is as expected.
        fits: Tells whether a value is as expected.
    """

    name: str
    expected: str
    example: object
    fits: Callable[[Any], bool]


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST_WAIT


def _is_units(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


_ALL: Final = (
    Argument(name="migration", expected="a migration's id, as a string of digits", example=EXAMPLE_ID, fits=is_id),
    Argument(
        name="n",
        expected="a whole number",
        example=1,
        fits=lambda value: isinstance(value, int) and not isinstance(value, bool),
    ),
    Argument(
        name="as",
        expected='"applied" or "pending"',
        example="pending",
        fits=lambda value: is_choice(value, RepairAs),
    ),
    Argument(name="wait", expected=f"seconds to wait for the lock, 0 to {_LONGEST_WAIT}", example=60, fits=_is_seconds),
    Argument(name="read_units", expected="capacity units a second, above 0", example=500, fits=_is_units),
    Argument(name="write_units", expected="capacity units a second, above 0", example=500, fits=_is_units),
    Argument(
        name="for",
        expected='how long, at most 7 days, such as "90m" or "1h30m"; "0m" ends it now',
        example="90m",
        fits=lambda value: (seconds := seconds_of(value)) is not None and seconds <= _LONGEST_RATE,
    ),
    Argument(name="check", expected="true or false", example=True, fits=lambda value: isinstance(value, bool)),
    Argument(name="dry_run", expected="true or false", example=True, fits=lambda value: isinstance(value, bool)),
    Argument(
        name="sample",
        expected="how many items to look at, a whole number above 0; where it is left out, verify looks at all of them, "
        "and a dry run at a few",
        example=1000,
        fits=lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
    ),
    Argument(name="mask", expected="true or false", example=True, fits=lambda value: isinstance(value, bool)),
    Argument(name="format", expected='"json" or "text"', example="text", fits=lambda value: is_choice(value, Format)),
    Argument(name="force", expected="true or false", example=True, fits=lambda value: isinstance(value, bool)),
    Argument(name="confirm", expected="true or false", example=True, fits=lambda value: isinstance(value, bool)),
)
ARGUMENTS: Final[Mapping[str, Argument]] = {argument.name: argument for argument in _ALL}


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What a command was given, checked; what it was not given has its default."""

    migration: str = ""
    n: int | None = None
    repair_as: RepairAs = "pending"
    wait: float = 0.0
    read_units: float | None = None
    write_units: float | None = None
    lasting: int = 0
    check: bool = False
    dry_run: bool = False
    sample: int | None = None
    mask: bool = False
    format: Format = "json"
    force: bool = False
    confirm: bool = False

    @classmethod
    def read(
        cls,
        event: Mapping[str, Any],
        *,
        required: tuple[str, ...],
        optional: tuple[str, ...],
        example: Mapping[str, object],
    ) -> Arguments:
        """
        The arguments in *event*.

        Raises:
            InvalidArgument: An argument is unknown, missing or of the wrong type; says what is expected.
        """
        action = str(example["action"])
        given = {name: value for name, value in example.items() if name != "action"}
        such_as = NextStep("For example ", Command(action, given), ". Nothing was done.")
        takes = ", ".join((*required, *optional)) or "no arguments"
        for name in event:
            if name != "action" and name not in required and name not in optional:
                raise InvalidArgument(f"{action} has no argument {shown(name)}; it takes {takes}.", next_step=such_as)
        for name in required:
            if name not in event:
                expected = ARGUMENTS[name].expected
                raise InvalidArgument(f'{action} needs "{name}": {expected}.', next_step=such_as)
        values: dict[str, Any] = {name: event[name] for name in (*required, *optional) if name in event}
        for name, value in values.items():
            argument = ARGUMENTS[name]
            if not argument.fits(value):
                raise InvalidArgument(
                    f'{action}: "{name}" is {shown(value)}, and should be {argument.expected}.', next_step=such_as
                )
        if "as" in values:
            values["repair_as"] = values.pop("as")
        if "for" in values:
            values["lasting"] = seconds_of(values.pop("for"))
        return cls(**values)
