"""The run of its own of a detached migration, as the process that goes on with it sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .contract.names import id_key
from .launch import CHECKSUM
from .migration import Migration
from .records import Failure, Record
from .requirements import CantGoOn

if TYPE_CHECKING:
    from .context import Context
    from .continuation import Continuation
    from .sources import Source
    from .targets import StateTarget


class OwnSource:
    """One migration of *source*, which its own run carries out as any other: what it requires was there at its start."""

    def __init__(self, source: Source, migration_id: str) -> None:
        self._source = source
        self._id = migration_id

    def find(self) -> Migration | None:
        """The migration as today's code has it; None: it has none."""
        key = id_key(self._id)
        return next((one for one in self._source.load() if one.key == key), None)

    def has_code_of(self, continuation: Continuation) -> bool:
        """Whether today's code of the migration is the one with which that run of its own began."""
        found, was = self.find(), continuation.notes.get(CHECKSUM)
        return found is not None and (not was or found.checksum in (None, was))

    def load(self) -> tuple[Migration, ...]:
        found = self.find()
        if found is None:
            # `OwnRun.check` refuses it, under the lock.
            return (Migration(self._id, "", _gone),)
        # What lets it begin was asked when it was started.
        return (replace(found, detached=False, requires=(), soak=None, check=None, replaces=()),)


def _gone(_ctx: Context) -> None:
    raise AssertionError


class OwnRun:
    """
    One process's part in it.

    Args:
        target: As `DetachedRuns.detached` has it.
    """

    def __init__(self, source: OwnSource, target: StateTarget, continuation: Continuation) -> None:
        self._source = source
        self._target = target
        self._continuation = continuation

    def check(self) -> None:
        """
        Make sure that it may go on, while its lock is held.

        Raises:
            CantGoOn: Its code has changed or is gone, which the history keeps; or the migration is no more its own.
        """
        run_id = self._continuation.run.id
        record = next(iter(self._target.records()), None)
        if record is not None and not record.dirty and record.details.run_id == run_id:
            # A process finished it, and died before it could say so.
            return
        if record is None or not record.dirty or record.detached != run_id:
            raise CantGoOn(
                f"The run {run_id} is over: its migration was settled, or gone on with, by another run.",
                next_step="There is nothing to do.",
            )
        if (what := self._change()) is None:
            return
        message = f"{record.name()} stopped: {what} while it ran, detached."
        self._target.fail(record.id, Failure(type=CantGoOn.__name__, message=message))
        raise CantGoOn(message, next_step=_next_step(record), migration_id=record.id)

    def _change(self) -> str | None:
        if self._source.has_code_of(self._continuation):
            return None
        return "its file was taken out of the code" if self._source.find() is None else "its code was changed"


def _next_step(record: Record) -> str:
    if record.resumable:
        return "The next deploy that has it begins it again with the code of then, from its checkpoint."
    return "It had saved no checkpoint yet, so the next deploy that has it says how to settle it."
