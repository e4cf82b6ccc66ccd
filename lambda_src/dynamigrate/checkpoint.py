"""How far a migration got, kept so that the next run goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from .errors import MigrationsError, StopRequested

if TYPE_CHECKING:
    from .targets import Target


# What stands for a checkpoint while an author's own has none to save: `Checkpoint.running_again`.
_FROM_ITS_START: Final = {"again": "from its start"}


class Checkpoint:
    """
    How far a migration got, kept with its item, so that the next run goes on instead of starting over.

    A migration that has saved a checkpoint and did not finish is run again from it, so what it does after the last
    `save` may be done twice: make that harmless.
    """

    def __init__(self, target: Target, migration_id: str, saved: Any, stop: Callable[[], str | None]) -> None:
        self._target = target
        self._id = migration_id
        self._saved = saved
        self._stop = stop
        self._by_author = False

    def load(self) -> Any:
        """What was saved last, in this run or an earlier one; None at the very beginning."""
        return None if self._saved == _FROM_ITS_START else self._saved

    @property
    def is_kept(self) -> bool:
        """Whether the migration is run again when it does not finish: from what `load` returns, or from its start."""
        return self._saved is not None

    @contextmanager
    def running_again(self) -> Iterator[None]:
        """
        While the block runs, the migration is one that is run again when it does not come to its end: from the author's
        own checkpoint, else from its start. What it does there has to be harmless when it is done twice.

        Raises:
            StopRequested, LockLost: As in `save`.
        """
        if self.is_kept and self._saved != _FROM_ITS_START:
            yield
            return
        if not self.is_kept:
            self.keep(_FROM_ITS_START)
        yield
        self._target.save_checkpoint(self._id, None)
        self._saved = None

    @property
    def of_backfill(self) -> bool:
        """Whether a `Backfill` keeps it."""
        return isinstance(self._saved, dict) and {"backfill", "begun"} <= self._saved.keys()

    @property
    def saved_by_author(self) -> bool:
        """Whether the migration's own code has saved one in this run."""
        return self._by_author

    def save(self, value: Any) -> None:
        """
        Keep *value*: anything that JSON can express, but not None.

        Raises:
            MigrationsError: The migration calls a `Backfill`, which keeps its own.
            StopRequested: It is saved, and the run has to stop here: its time is almost up, or it was asked to. Let
                it pass; the next run goes on from *value*.
            LockLost: The lock is no longer ours: nothing was saved. Let it pass.
        """
        if value is None:
            raise MigrationsError("A checkpoint can't be None.", next_step="Save where to go on from.")
        self._refuse_beside_a_backfill()
        self._by_author = True
        self.keep(value)

    def keep(self, value: Any) -> None:
        """
        Save a checkpoint of the engine's own, a backfill's.

        Raises:
            StopRequested, LockLost: As in `save`.
        """
        self._target.save_checkpoint(self._id, value)
        self._saved = value
        reason = self._stop()
        if reason is not None:
            raise StopRequested(f"{self._id} stopped at its checkpoint: {reason}.", migration_id=self._id)

    def segments(self) -> dict[int, Any]:
        """What `save_segments` kept, by number; empty at the very beginning."""
        return self._target.segments(self._id)

    def save_segments(self, values: Mapping[int, Any]) -> None:
        """
        Keep how far each part of the work got, where several go on side by side. Parts that are not in *values* stay as
        they are.

        Save a checkpoint first, with what the parts are: without one the migration is not run again from there. Unlike
        `save`, it does not say when to stop: ask ``ctx.stop_reason()``.

        Raises:
            MigrationsError: The migration calls a `Backfill`, which keeps its own.
            LockLost: The lock is no longer ours: nothing more was saved. Let it pass.
        """
        self._refuse_beside_a_backfill()
        self.keep_segments(values)

    def keep_segments(self, values: Mapping[int, Any]) -> None:
        """
        Save segments of the engine's own, a backfill's.

        Raises:
            LockLost: As in `save_segments`.
        """
        self._target.save_segments(self._id, values)

    def _refuse_beside_a_backfill(self) -> None:
        if self.of_backfill:
            raise MigrationsError(
                f"{self._id} calls a Backfill, which keeps a checkpoint of its own, and ctx.checkpoint.save would replace "
                "it.",
                next_step="Save none here, or make what comes before or after the backfill a migration of its own.",
                migration_id=self._id,
            )

    def clear_segments(self) -> None:
        """
        Forget all parts.

        Raises:
            LockLost: The lock is no longer ours. Let it pass.
        """
        self._target.clear_segments(self._id)
