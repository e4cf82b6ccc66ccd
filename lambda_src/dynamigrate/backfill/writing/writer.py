"""Writes the changes of one segment, each in its way."""

from __future__ import annotations

from ..capacity.rate_limiter import Turn
from ..errors import ItemRefused
from ..reader import Reading
from ..segment import Segment
from ..sender import Courier
from ..settler import Settler
from .batch import BATCH
from .conflict import Conflicts
from .guarded import GuardedBatches
from .partiql import Change, Statements
from .plain import PlainChange
from .plain_batches import PlainBatches
from .single import SingleWrites
from .transform import Rewrite


class Writer:
    """
    Takes changes, and settles each with its page once it is acknowledged or needs no write any more.

    Args:
        skip: Leave items alone that can't be written, instead of raising.
        dry: Send nothing.
    """

    def __init__(
        self,
        courier: Courier,
        reading: Reading,
        rewrite: Rewrite,
        statements: Statements,
        segment: Segment,
        *,
        batch: int = BATCH,
        skip: bool = False,
        dry: bool = False,
    ) -> None:
        self._statements = statements
        self._batch = batch
        self._dry = dry
        self._settler = settler = Settler(segment, rewrite.where, skip=skip)
        conflicts = Conflicts(courier, reading, rewrite, settler, queue=self._queue, write=self._write_now)
        self._single = SingleWrites(courier, reading.table, settler, conflicts)
        self._guarded = GuardedBatches(courier, reading, settler, conflicts, self._single, size=batch)
        self._plain = PlainBatches(courier, settler, size=batch)

    @property
    def waiting(self) -> int:
        """Changes that were taken and not sent."""
        return len(self._guarded.queue) + len(self._plain.queue)

    def take(self, change: Change | PlainChange) -> None:
        """
        Write *change*, now or with later ones.

        Raises:
            BackfillError: It can't be written.
            Stopping: The worker has to end.
        """
        self._queue(change)
        if len(self._guarded.queue) >= self._batch:
            self._guarded.send(self._batch)
        if len(self._plain.queue) >= self._batch:
            self._plain.send(self._batch)

    def flush(self) -> None:
        """Write everything that is waiting; raises as `take`."""
        self._guarded.send(1)
        self._plain.send(1)

    def refused(self, error: ItemRefused) -> None:
        """Count *error*, or raise it, as ``on_error`` says."""
        self._settler.refused(error)

    def _write_now(self, change: Change, turn: Turn) -> None:
        if change.others is None and self._statements.write(change):
            self._guarded.send_now(change, turn)
        else:
            self._single.send(change, turn)

    def _queue(self, change: Change | PlainChange) -> None:
        if self._dry:
            self._settler.done([change])
        elif isinstance(change, PlainChange):
            self._plain.queue.append(change)
        elif change.others is None and self._statements.write(change):
            self._guarded.queue.append(change)
        else:
            self._single.send(change)
