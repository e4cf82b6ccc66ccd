"""Processes that die at one request: nothing that they send after it arrives."""

from collections.abc import Callable
from typing import Any

from dynamigrate import MemoryTarget
from tests.unit.backfill.tables import Raw, Tables
from tests.unit.fakes import FakeClock

# What a backfill, or a look, asks of its target, each of which is a request of its own.
STATE = (
    "add",
    "finish_migration",
    "save_checkpoint",
    "save_segments",
    "segments",
    "clear_segments",
    "save_verification",
    "save_cursors",
    "cursors",
    "clear_cursors",
    "save_progress",
)


class DeathError(BaseException):
    """The process is dead. No code of it runs on after that but what hears of it, and then nothing gets out."""


class Life:
    """
    Counts requests.

    Attributes:
        at: The request at which it ends; None: at none.
        applied: Whether that one is carried out before.
        count: How many there were.
    """

    def __init__(self, at: int | None = None, *, applied: bool = False) -> None:
        self.at, self.applied, self.count = at, applied, 0

    def __call__(self, do: Callable[[], Any]) -> Any:
        self.count += 1
        if self.at is None or self.count < self.at:
            return do()
        if self.count == self.at and self.applied:
            do()
        raise DeathError


class MortalTarget(MemoryTarget):
    """One whose requests are those of a `Life`."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock=clock)
        self.life = Life()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in STATE:
            return found
        return lambda *given, **more: self.life(lambda: found(*given, **more))


class MortalTables(Tables):
    """Tables, likewise."""

    life = Life()

    def _begin(self, operation: str, request: Raw) -> None:
        self.life(lambda: super(MortalTables, self)._begin(operation, request))
