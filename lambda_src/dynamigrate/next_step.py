"""
What to do next, as values: each front door puts them into its own words.

The core names a command of the engine and its arguments. The Lambda function writes it as the event to invoke it with,
which is also what a command is as text: ``{"action": "status"}``. A deploy writes a repair as ``-c repair=...``.
Another front door words the parts itself, with `NextStep.worded`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

RepairAs = Literal["applied", "pending"]


@dataclass(frozen=True)
class Command:
    """
    A command of the engine.

    Attributes:
        action: Such as ``repair``.
        arguments: By their names in an event, in the order in which they are written.
    """

    action: str
    arguments: Mapping[str, object] = field(default_factory=dict)

    def event(self) -> dict[str, object]:
        """What invokes the function to carry it out."""
        return {"action": self.action, **self.arguments}

    def __str__(self) -> str:
        return json.dumps(self.event())


@dataclass(frozen=True)
class Argument:
    """An argument that a command may be given instead of the one that it has."""

    name: str
    value: object

    def __str__(self) -> str:
        return f"{json.dumps(self.name)}: {json.dumps(self.value)}"


@dataclass(frozen=True)
class Repair:
    """What settles a dirty migration; as text, the command that does it."""

    migration_id: str
    repair_as: RepairAs

    @classmethod
    def anew(cls, migration_id: str, *, undo: bool = False) -> Repair:
        """The repair after which it can be run again, or, with *undo*, be undone again."""
        return cls(migration_id, "applied" if undo else "pending")

    @property
    def command(self) -> Command:
        return Command("repair", {"migration": self.migration_id, "as": self.repair_as, "confirm": True})

    def __str__(self) -> str:
        return str(self.command)


Part = str | Command | Argument


class NextStep(str):
    """
    A text with commands in it. As a text it is what the Lambda function says.

    Attributes:
        parts: Texts, and between them the commands and arguments as they were given.
    """

    __slots__ = ("parts",)

    parts: tuple[Part, ...]

    def __new__(cls, *parts: Part | Repair) -> NextStep:
        found: list[Part] = []
        for part in parts:
            match part:
                case NextStep():
                    found += part.parts
                case Repair():
                    found.append(part.command)
                case _:
                    found.append(part)
        self = super().__new__(cls, "".join(map(str, found)))
        self.parts = tuple(found)
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.parts

    @property
    def command(self) -> Command | None:
        """The first command in it: the one that it advises."""
        return next((part for part in self.parts if isinstance(part, Command)), None)

    def worded(self, word: Callable[[Command | Argument], str]) -> str:
        """The text with commands and arguments written as *word* writes them."""
        return "".join(part if isinstance(part, str) else word(part) for part in self.parts)

    def with_texts(self, change: Callable[[str], str]) -> NextStep:
        """The step with each of its texts as *change* returns it; commands stay."""
        return NextStep(*(change(part) if isinstance(part, str) else part for part in self.parts))

    def rstrip(self, chars: str | None = None, /) -> NextStep:
        """The step without space at its end, with its commands."""
        if not self.parts or not isinstance(self.parts[-1], str):
            return self
        return NextStep(*self.parts[:-1], self.parts[-1].rstrip(chars))


def repair_advice(migration_id: str, *, undo: bool = False) -> NextStep:
    """How to settle a dirty migration, and what either way means; *undo*: it was being undone."""
    repair = Repair.anew(migration_id, undo=undo)
    if undo:
        other = Argument("as", "pending")
        return NextStep("invoke ", repair, " to count it as still applied, or ", other, " to count it as undone.")
    return NextStep("invoke ", repair, " to have it run again, or ", Argument("as", "applied"), " to count it as done.")
