"""Writes the changes of one segment, each in its way."""

from __future__ import annotations

from ..acknowledgements import Acknowledgements
from ..capacity.rate_limiter import Reservation
from ..errors import ItemRefused
from ..reader import ItemReader
from ..segment import Segment
from ..sender import RequestSender
from .batch import BATCH
from .conflict import Conflicts
from .guarded import GuardedBatches
from .partiql import ConditionalWrite, Statements
from .plain import UnconditionalWrite
from .plain_batches import PlainBatches
from .single import SingleWrites
from .transform import Transformer


class Writer:
    """
    Takes changes, and settles each with its page once it is acknowledged or needs no write any more.

    Args:
        skip: Leave items alone that can't be written, instead of raising.
        dry: Send nothing.
    """

    def __init__(
        self,
        sender: RequestSender,
        reader: ItemReader,
        transformer: Transformer,
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
        self._acknowledgements = acknowledgements = Acknowledgements(segment, transformer.where, skip=skip)
        conflicts = Conflicts(sender, reader, transformer, acknowledgements, queue=self._queue, write=self._write_now)
        self._single = SingleWrites(sender, reader.table, acknowledgements, conflicts)
        self._guarded = GuardedBatches(sender, reader, acknowledgements, conflicts, self._single, size=batch)
        self._plain = PlainBatches(sender, acknowledgements, size=batch)

    @property
    def waiting(self) -> int:
        """Changes that were taken and not sent."""
        return len(self._guarded.queue) + len(self._plain.queue)

    def take(self, change: ConditionalWrite | UnconditionalWrite) -> None:
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
        self._acknowledgements.refused(error)

    def _write_now(self, change: ConditionalWrite, turn: Reservation) -> None:
        if change.others is None and self._statements.write(change):
            self._guarded.send_now(change, turn)
        else:
            self._single.send(change, turn)

    def _queue(self, change: ConditionalWrite | UnconditionalWrite) -> None:
        if self._dry:
            self._acknowledgements.done([change])
        elif isinstance(change, UnconditionalWrite):
            self._plain.queue.append(change)
        elif change.others is None and self._statements.write(change):
            self._guarded.queue.append(change)
        else:
            self._single.send(change)
