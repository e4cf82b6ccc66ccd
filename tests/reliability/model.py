"""
A model of what must hold, whatever the code, the history and the commands are, and whoever dies under way.

It knows nothing of how the engine works: a set of migrations, a history, and rules for what a command makes of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["do", "undo"]
Trouble = Literal["none", "raises", "dies"]
Step = tuple[Direction, int, bool]
"""What is called, for which migration, and whether it goes on from a checkpoint."""


@dataclass(frozen=True)
class Code:
    """
    One migration in one version of the code.

    Attributes:
        written: Its id, as the file name has it.
        saves: It saves a checkpoint before anything can go wrong with it.
    """

    written: str
    undoable: bool = True
    saves: bool = False


@dataclass
class Entry:
    """
    One migration in the history.

    Attributes:
        began: Which way it is under way; None: it is applied.
    """

    written: str
    began: Direction | None = None
    saved: bool = False


class Refused(Exception):
    """The command fails with the error of this name, and nothing is run."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True)
class Command:
    """
    Attributes:
        name: ``migrate``, ``step``, ``undo``, ``rewind``, ``reset`` or ``to``.
        n: For ``step``: how many, back if negative; for ``to``, without its sign: the migration.
    """

    name: str
    n: int = 0
    out_of_order: Literal["error", "allow"] = "error"
    missing: Literal["error", "ignore"] = "error"


@dataclass
class Model:
    """
    Attributes:
        ghost: The lock is held by somebody who died, and whose time is not up.
        calls: What was called, in order.
        runs: How many runs the history should have.
    """

    code: dict[int, Code] = field(default_factory=dict)
    history: dict[int, Entry] = field(default_factory=dict)
    ghost: bool = False
    calls: list[tuple[Direction, int]] = field(default_factory=list)
    runs: int = 0

    def give(self, command: Command, trouble: Trouble, at: int) -> str | None:
        """Give *command*, whose call number *at* gets into *trouble*; returns the name of the error, if it ends in one."""
        try:
            plan = list(self._plan(command))
        except Refused as refused:
            # What the history did not allow is kept in it; a command that asked for too much is not.
            self.runs += refused.error in ("DirtyMigration", "MissingMigration", "StaleMigration")
            return refused.error
        # An id is kept as first written, also where the run takes it away and brings it back.
        written = {one: entry.written for one, entry in self.history.items()}
        for number, (direction, one, resumed) in enumerate(plan):
            self.calls.append((direction, one))
            entry = self.history.setdefault(one, Entry(written.get(one, self.code[one].written)))
            entry.began = direction
            entry.saved = (resumed and entry.saved) or self.code[one].saves
            if number == at and trouble == "dies":
                self.ghost = True
                return "Died"
            if number == at and trouble == "raises":
                self.runs += 1
                return "MigrationFailed"
            entry.began, entry.saved = None, False
            if direction == "undo":
                del self.history[one]
        self.runs += bool(plan)
        return None

    def repair(self, one: int, repair_as: str) -> str | None:
        """Returns the name of the error, if it ends in one."""
        if self.ghost:
            return "LockHeld"
        entry = self.history.get(one)
        if entry is None:
            return "MigrationNotFound"
        if entry.began is None:
            return "NotDirty"
        entry.began, entry.saved = None, False
        if repair_as == "pending":
            del self.history[one]
        self.runs += 1
        return None

    def _plan(self, command: Command) -> Sequence[Step]:
        if self.ghost:
            raise Refused("LockHeld")
        under_way = sorted(one for one, entry in self.history.items() if entry.began)
        if any(not self.history[one].saved or one not in self.code for one in under_way):
            raise Refused("DirtyMigration")
        first: list[Step] = [(self.history[one].began or "do", one, True) for one in under_way]
        plan = self._taken_in(command, first)
        if not plan or any(direction == "do" for direction, _, _ in plan):
            self._check(command, plan)
        if any(direction == "undo" and not self.code[one].undoable for direction, one, _ in plan):
            # The plan could be made, so this is a run that failed.
            self.runs += 1
            raise Refused("MigrationNotUndoable")
        return plan

    def _taken_in(self, command: Command, first: list[Step]) -> list[Step]:
        """What is under way is finished first, and counts where the command would have begun with it."""
        begun = [(direction, one) for direction, one, _ in first]
        if first:
            before = {one for one, entry in self.history.items() if entry.began != "do"}
            try:
                whole = list(self._wanted(command, before))
            except Refused:
                whole = []
            if whole[: len(begun)] == begun:
                return first + [(direction, one, False) for direction, one in whole[len(begun) :]]
        after = {one for one, entry in self.history.items() if entry.began != "undo"}
        return first + [(direction, one, False) for direction, one in self._wanted(command, after)]

    def _wanted(self, command: Command, applied: set[int]) -> Iterator[tuple[Direction, int]]:
        pending = sorted(set(self.code) - applied)
        newest_first = sorted(applied, reverse=True)
        match command.name:
            case "migrate":
                yield from self._do(pending)
            case "step" | "undo":
                n = -1 if command.name == "undo" else command.n
                if abs(n) > len(pending if n > 0 else applied):
                    raise Refused("StepOutOfRange")
                yield from self._do(pending[:n]) if n > 0 else self._undo(newest_first[:-n])
            case "rewind":
                yield from self._undo(newest_first)
            case "reset":
                yield from self._undo(newest_first)
                yield from self._do(sorted(self.code))
            case "to":
                to = abs(command.n)
                if to not in applied | set(self.code):
                    raise Refused("MigrationNotFound")
                newer = [one for one in newest_first if one > to]
                yield from self._undo(newer) if newer else self._do([one for one in pending if one <= to])

    def _do(self, ids: Sequence[int]) -> Iterator[tuple[Direction, int]]:
        return (("do", one) for one in ids)

    def _undo(self, ids: Sequence[int]) -> Iterator[tuple[Direction, int]]:
        if any(one not in self.code or not self.code[one].undoable for one in ids):
            raise Refused("MigrationNotUndoable")
        return (("undo", one) for one in ids)

    def _check(self, command: Command, plan: Sequence[Step]) -> None:
        if command.missing == "error" and set(self.history) - set(self.code):
            raise Refused("MissingMigration")
        applied = {one for one, entry in self.history.items() if entry.began != "undo"}
        for direction, one, resumed in plan:
            if resumed:
                continue
            if direction == "undo":
                applied.discard(one)
                continue
            if command.out_of_order == "error" and any(other > one for other in applied):
                raise Refused("StaleMigration")
            applied.add(one)
