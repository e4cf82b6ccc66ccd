"""What whoever put the widget on a dashboard may have said about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self

from ..error_text import safe_repr

ROWS: Final = 12
RUNS: Final = 5
MOST_FUNCTIONS: Final = 20
_MOST: Final = 1_000
# Of a function, a version or an alias, in any partition. What can't be part of a host's name is no Region.
_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:lambda:([a-z0-9]{1,20}(?:-[a-z0-9]{1,10}){1,3}):\d{12}:function:[\w-]+(?::[\w$-]+)?", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """
    Attributes:
        functions: ARNs of widget functions of other histories, by the names that they are shown with.
        name: What this history is called beside those; empty: by its own.
        rows: How many migrations are seen without opening more.
        runs: How many runs are shown.
        faults: What is wrong with the parameters, a text each, with what to do.
    """

    functions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    name: str = ""
    rows: int = ROWS
    runs: int = RUNS
    faults: tuple[str, ...] = ()

    @classmethod
    def read(cls, event: object) -> Self:
        """From an event of CloudWatch's, which has them beside its own ``widgetContext``; what is wrong is left out."""
        given: Mapping[Any, Any] = event if isinstance(event, dict) else {}
        faults: list[str] = []
        name = given.get("name", "")
        if not isinstance(name, str):
            faults.append(f"name is {safe_repr(name, 60)}, and should be a text.")
        return cls(
            functions=_functions(given.get("functions"), faults),
            name=name[:100] if isinstance(name, str) else "",
            rows=_number("rows", given.get("rows"), ROWS, faults),
            runs=_number("runs", given.get("runs"), RUNS, faults),
            faults=tuple(faults),
        )


def region_of(arn: str) -> str:
    """The Region of a function's ARN."""
    found = _ARN.fullmatch(arn)
    return found[1] if found else ""


def _functions(value: object, faults: list[str]) -> Mapping[str, str]:
    if value is None:
        return MappingProxyType({})
    if not isinstance(value, dict):
        faults.append(
            f"functions is {safe_repr(value, 60)}, and should be an object of names and ARNs of widget functions, such as "
            '{"prod": "arn:aws:lambda:eu-central-1:111122223333:function:WidgetFunction"}.'
        )
        return MappingProxyType({})
    found: dict[str, str] = {}
    for name, arn in value.items():
        if not isinstance(name, str) or not isinstance(arn, str) or not _ARN.fullmatch(arn):
            faults.append(
                f"functions has {safe_repr(arn, 100)} for {safe_repr(name, 60)}, which is no ARN of a Lambda function. "
                "Give that of the other history's widget function."
            )
        elif len(found) < MOST_FUNCTIONS:
            found[name[:100]] = arn
    if len(value) > MOST_FUNCTIONS:
        faults.append(f"functions has {len(value):,} entries, and {MOST_FUNCTIONS} at most are shown. Leave some out.")
    return MappingProxyType(found)


def _number(name: str, value: object, usual: int, faults: list[str]) -> int:
    if value is None:
        return usual
    # The console has parameters of a widget in YAML, and people write "5".
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        faults.append(f"{name} is {safe_repr(value, 60)}, and should be a whole number, 0 to {_MOST:,}.")
        return usual
    return value
