"""One migration by itself, run on the data that a test made, again and again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, Literal

from dynamigrate import (
    Backfill,
    DirtyMigration,
    MemorySource,
    MigratePlanner,
    Migration,
    StepPlanner,
    Target,
    migrate,
    repair,
)

from .engine import NoAlarms
from .requests import Request
from .snapshot import Database, Snapshot
from .traffic import Death, ProcessKilled, Traffic

Direction = Literal["do", "undo"]

_SAVES: Final = frozenset({"save_checkpoint", "save_segments", "clear_segments"})
# What holds a migration back, or has it go on elsewhere: here it runs.
_ALONE: Final[Mapping[str, Any]] = {
    "requires": (),
    "soak": None,
    "if_not_ready": "fail",
    "replaces": (),
    "detached": False,
    "restore_point": "none",
    "phase": "before",
}


class MortalTarget:
    """A target to which a process that was killed can write no more, and which counts the checkpoints that are saved."""

    def __init__(self, target: Target, traffic: Traffic) -> None:
        self._target = target
        self._traffic = traffic

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._traffic.require_alive()
            if name in _SAVES:
                self._traffic.saves += 1
            return found(*arguments, **named)

        return call


class Rehearsal:
    """
    Runs *migration* alone: nothing of what it waits for is looked at, and its history is its own.

    Args:
        new_target: Makes an empty history.
        arguments: What `migrate` is given beside.
    """

    def __init__(
        self,
        migration: Migration,
        database: Database,
        traffic: Traffic,
        new_target: Callable[[], Target],
        arguments: Mapping[str, Any],
    ) -> None:
        self.database = database
        self.traffic = traffic
        self._new_target = new_target
        self.arguments = arguments
        do, undo = resolved(migration.do), resolved(migration.undo)
        self.migration = replace(migration, **_ALONE, do=do, undo=undo)
        self.looks = False

    @property
    def backfill(self) -> Backfill | None:
        """Its ``do``, where that is one."""
        return self.migration.do if isinstance(self.migration.do, Backfill) else None

    def with_do(self, do: Any) -> Rehearsal:
        """The same with another ``do``."""
        migration = replace(self.migration, do=do)
        return Rehearsal(migration, self.database, self.traffic, self._new_target, self.arguments)

    def new_target(self) -> Any:
        """An empty history, in which nobody has the lock."""
        before = set(self.database.names())
        target = self._new_target()
        target.create()
        made = set(self.database.names()) - before
        self.database.others |= made
        self.traffic.passed_over = {*self.traffic.passed_over, *made}
        return MortalTarget(target, self.traffic)

    def run(
        self,
        target: Any,
        direction: Direction = "do",
        *,
        death: Death | None = None,
        before: Callable[[Request], None] | None = None,
    ) -> list[Request]:
        """
        Do it, or undo it; returns its requests.

        Raises:
            ProcessKilled: It was, as *death* says.
            MigrationsError: As `migrate` has it.
        """
        source = MemorySource()
        source.add(self.migration)
        planner = MigratePlanner() if direction == "do" else StepPlanner(-1)
        with quiet(), in_one_segment(looks=self.looks), self.traffic.recorded(death=death, before=before) as log:
            migrate(source, target, planner=planner, alarms=NoAlarms(), **self.arguments)
        return list(log)

    def killed(self, target: Any, direction: Direction, death: Death) -> bool:
        """Run it until it is killed; whether it was."""
        try:
            self.run(target, direction, death=death)
        except ProcessKilled:
            return True
        return False

    def recover(self, target: Any, direction: Direction) -> None:
        """
        What the next deploy does, and a person before it where it has to: repair, and run it again.

        Raises:
            MigrationsError: That fails too.
        """
        with quiet():
            target.unlock(force=True)
        if direction == "undo" and not target.records():
            return
        if direction == "do" and any(not record.dirty for record in target.records()):
            return
        try:
            self.run(target, direction)
        except DirtyMigration:
            with quiet():
                repair(target, self.migration.id, "pending" if direction == "do" else "applied")
            self.run(target, direction)

    def done(self, start: Snapshot, *, target: Any = None) -> Snapshot:
        """*start*, and the migration done."""
        self.database.put_back(start)
        self.run(target or self.new_target())
        return self.database.take()


def resolved(function: Any) -> Any:
    """A function of a migration's file, imported."""
    resolve = getattr(function, "resolve", None)
    return function if resolve is None else resolve()


@contextmanager
def quiet() -> Iterator[None]:
    """A hundred runs log a thousand lines, of which none helps."""
    logger = logging.getLogger("dynamigrate")
    before = logger.propagate
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = before


@contextmanager
def in_one_segment(*, looks: bool = False) -> Iterator[None]:
    """Have backfills take one item after the other, in one thread: the same each time. *looks*: and look in the end."""
    call = Backfill.__call__

    def call_small(self: Backfill, ctx: Any) -> None:
        verify: Any = "sample" if looks else self.verify
        call(replace(self, segments=1, threads=1, workers=1, verify=verify), ctx)

    Backfill.__call__ = call_small  # type: ignore[method-assign]
    try:
        yield
    finally:
        Backfill.__call__ = call  # type: ignore[method-assign]
