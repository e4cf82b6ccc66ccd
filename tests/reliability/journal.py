"""What migrations really did, kept where no fault reaches it, and what may be recorded because of it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dynamigrate import Direction
from dynamigrate.records import Record

Effect = Literal["none", "begun do", "done", "begun undo"]


class Journal:
    """Lines in a file, each there for good once `note` returns, whatever happens to the process."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, *words: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, (" ".join(words) + "\n").encode())
        finally:
            os.close(descriptor)

    def lines(self) -> list[tuple[str, ...]]:
        if not self._path.exists():
            return []
        return [tuple(line.split()) for line in self._path.read_text(encoding="utf-8").splitlines()]

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)


@dataclass
class Truth:
    """
    What a journal amounts to.

    Attributes:
        effects: What stands of each migration; none, unless it is here.
        violations: What ran although it should not have.
    """

    effects: dict[str, Effect] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, lines: Iterable[tuple[str, ...]]) -> "Truth":
        truth = cls()
        for line in lines:
            match line:
                case ("began", direction, one):
                    truth._expect(one, "none" if direction == "do" else "done", f"{direction} ran twice")
                    truth.effects[one] = "begun do" if direction == "do" else "begun undo"
                case ("resumed", "do", one):
                    # What comes after the last checkpoint may happen twice: that is what a checkpoint promises.
                    if truth.effect(one) not in ("begun do", "done"):
                        truth.violations.append(f"{one}: do went on although it had not begun")
                case ("finished", direction, one):
                    truth.effects[one] = "done" if direction == "do" else "none"
                case ("repaired", one, repaired_as):
                    truth.effects[one] = "done" if repaired_as == "applied" else "none"
        return truth

    def effect(self, one: str) -> Effect:
        return self.effects.get(one, "none")

    def repair(self, record: Record) -> Literal["applied", "pending"]:
        """What a person answers who looked at what a dirty one left behind, and cleaned up after half a ``do``."""
        if record.action is Direction.DO:
            return "applied" if self.effect(record.id) == "done" else "pending"
        return "pending" if self.effect(record.id) == "none" else "applied"

    def lies(self, records: Iterable[Record]) -> list[str]:
        """What *records* say and is not so. A dirty one makes no claim."""
        found = {record.id: record for record in records}
        lies = [
            f"{one} is recorded applied, and is {self.effect(one)}"
            for one, record in found.items()
            if not record.dirty and self.effect(one) != "done"
        ]
        lies += [
            f"{one} is recorded pending, and is {effect}"
            for one, effect in self.effects.items()
            if one not in found and effect != "none"
        ]
        return lies

    def _expect(self, one: str, effect: Effect, otherwise: str) -> None:
        if self.effect(one) != effect:
            self.violations.append(f"{one}: {otherwise} (it was: {self.effect(one)})")
