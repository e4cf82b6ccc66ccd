"""One migration by itself, run on the data that a test made, again and again."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
from .standing_clock import standing_clock
from .traffic import Death, ProcessKilled, Traffic

Direction = Literal["do", "undo"]

_ANOTHER_DAY: Final = 86_400.0 + 3_661.0
# What a `FolderSource` calls what it imports.
_PACKAGES: Final = "_dynamigrate_"
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


class Trial:
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
        self.arguments = arguments
        # Whether a backfill looks in the end at what it would still change.
        self.looks = False
        # Where its clock stands still, in seconds since the epoch; None: it goes.
        self.clock: float | None = None
        # What is made of its do in every process, such as one that watches what that is given.
        self.wrap: Callable[[Any], Any] = lambda do: do
        self._given = migration
        self._new_target = new_target
        self.migration = migration
        self.begin_process()

    def begin_process(self) -> None:
        """Import its code anew: what a process keeps in memory, the next one has not."""
        for root in {_root(one) for one in (self.migration.do, self.migration.undo) if one is not None} - {""}:
            for name in [name for name in sys.modules if name.partition(".")[0] == root]:
                del sys.modules[name]
        with in_one_segment(looks=self.looks):
            do, undo = (_anew(resolved(one)) for one in (self._given.do, self._given.undo))
            do = self.wrap(do)
        self.migration = replace(self._given, **_ALONE, do=do, undo=undo)

    @property
    def backfill(self) -> Backfill | None:
        """Its ``do``, where that is one."""
        return self.migration.do if isinstance(self.migration.do, Backfill) else None

    def new_target(self) -> Any:
        """An empty history, in which nobody has the lock."""
        before = set(self.database.names())
        target = self._new_target()
        # Under the names of the one before, it would have that one's history.
        for name in self.traffic.passed_over:
            self.database.empty(name)
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
        later: bool = False,
        same_process: bool = False,
    ) -> list[Request]:
        """
        Do it, or undo it, in a process of its own; returns its requests.

        Args:
            later: It is another day.
            same_process: In that of the run before.

        Raises:
            ProcessKilled: It was, as *death* says.
            MigrationsError: As `migrate` has it.
        """
        if not same_process:
            self.begin_process()
        source = MemorySource()
        source.add(self.migration)
        planner = MigratePlanner() if direction == "do" else StepPlanner(-1)
        with ExitStack() as stack:
            # A function may make them when it is called.
            stack.enter_context(in_one_segment(looks=self.looks))
            if self.clock is not None:
                at = self.clock + (_ANOTHER_DAY if later else 0)
                stack.enter_context(standing_clock(self.migration, at))
            log = stack.enter_context(self.traffic.recorded(death=death, before=before))
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
        target.unlock(force=True)
        if direction == "undo" and not target.records():
            return
        if direction == "do" and any(not record.dirty for record in target.records()):
            return
        try:
            self.run(target, direction)
        except DirtyMigration:
            repair(target, self.migration.id, "pending" if direction == "do" else "applied")
            self.run(target, direction)

    def done(self, start: Snapshot, *, target: Any = None, later: bool = False, same_process: bool = False) -> Snapshot:
        """*start*, and the migration done."""
        self.database.put_back(start)
        self.run(target or self.new_target(), later=later, same_process=same_process)
        return self.database.take()


def _root(function: Any) -> str:
    """The package that a folder's code was imported as; empty: *function* was not imported so."""
    if isinstance(function, Backfill):
        function = function.transform
    name = str(getattr(function, "__module__", ""))
    return name.partition(".")[0] if name.startswith(_PACKAGES) else ""


def resolved(function: Any) -> Any:
    """A function of a migration's file, imported."""
    resolve = getattr(function, "resolve", None)
    return function if resolve is None else resolve()


@contextmanager
def quiet() -> Iterator[None]:
    """A hundred runs log a thousand lines, of which none helps."""
    logger, nobody = logging.getLogger("dynamigrate"), logging.NullHandler()
    before = logger.propagate
    logger.propagate = False
    logger.addHandler(nobody)
    try:
        yield
    finally:
        logger.removeHandler(nobody)
        logger.propagate = before


def _anew(function: Any) -> Any:
    """A backfill that is made once more, as it may be another one now."""
    return replace(function) if isinstance(function, Backfill) else function


@contextmanager
def in_one_segment(*, looks: bool = False) -> Iterator[None]:
    """
    Have backfills that are made in the block take one item after the other, in one thread: the same each time. What only
    reports in the end, whether anything is left, is left out, unless a test *looks* at that.
    """
    check = Backfill.__post_init__

    def make_small(self: Backfill) -> None:
        check(self)
        verify = "sample" if looks else "full" if self.verify == "full" else None
        for name, value in {"segments": 1, "threads": 1, "workers": 1, "verify": verify}.items():
            object.__setattr__(self, name, value)

    Backfill.__post_init__ = make_small  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        Backfill.__post_init__ = check  # type: ignore[method-assign]
