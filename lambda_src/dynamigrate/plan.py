"""What is decided before anything runs: the actions, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from .migration import Migration


class Direction(StrEnum):
    """Whether a migration is done or undone."""

    DO = "do"
    UNDO = "undo"


@dataclass(frozen=True)
class Action:
    """
    One ``do`` or ``undo`` of one migration.

    Attributes:
        resume: It began in an earlier run and goes on from its checkpoint.
    """

    direction: Direction
    migration: Migration
    resume: bool = False

    def __str__(self) -> str:
        return f"{self.direction} {self.migration}"

    @property
    def is_gated(self) -> bool:
        """Whether it needs more to begin than that it is its turn."""
        return self.direction is Direction.DO and not self.resume and bool(self.migration.requires)


@dataclass(frozen=True)
class Plan:
    """
    Actions, in the order in which they will run.

    Attributes:
        note: What the planner has to say of it, such as why it is not more.
    """

    actions: tuple[Action, ...] = ()
    note: str = field(default="", compare=False)

    def __iter__(self) -> Iterator[Action]:
        return iter(self.actions)

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def undone(self) -> list[str]:
        """Ids of what it would undo, but for an undo that it only finishes."""
        return [one.migration.id for one in self.actions if one.direction is Direction.UNDO and not one.resume]

    def __add__(self, other: Plan) -> Plan:
        return Plan(self.actions + other.actions, note=" ".join(filter(None, (self.note, other.note))))
