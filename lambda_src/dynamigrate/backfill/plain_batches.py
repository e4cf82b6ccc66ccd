"""Plain changes, in full batches."""

from __future__ import annotations

from collections import deque

from botocore.exceptions import ClientError

from .batch import next_batch
from .codes import is_about_items
from .courier import Courier
from .plain import PlainBatch, PlainChange
from .settler import Settler
from .table import refusal


class PlainBatches:
    """
    ``BatchWriteItem``, to whatever tables.

    Attributes:
        queue: What waits to be sent.

    Args:
        size: Changes in one.
    """

    def __init__(self, courier: Courier, settler: Settler, *, size: int) -> None:
        self._courier = courier
        self._settler = settler
        self._size = size
        self.queue: deque[PlainChange] = deque()

    def send(self, least: int) -> None:
        """
        Send batches while *least* changes or more are waiting.

        Raises:
            BackfillError: One can't be written.
            Stopping: The worker has to end.
        """
        while len(self.queue) >= least:
            self._send(next_batch(self.queue, self._size, lambda change: change.key))

    def _send(self, changes: list[PlainChange]) -> None:
        batch = PlainBatch(changes)
        try:
            answer = self._courier.write("BatchWriteItem", batch.request, len(changes))
        except ClientError as error:
            if not is_about_items(error):
                raise refusal(error, " or ".join(batch.tables)) from error
            if len(changes) == 1:
                self._settler.give_up(changes[0], f"led to a write that was refused: {error}", error)
                return
            # All are refused because of one.
            for change in changes:
                self._send([change])
            return
        unprocessed = answer.get("UnprocessedItems")
        if not unprocessed:
            self._settler.done(changes)
            self._courier.passed()
            return
        left = batch.left(unprocessed)
        again = set(map(id, left))
        self._settler.done([change for change in changes if id(change) not in again])
        self.queue.extend(left)
        self._courier.partly_refused(len(left), len(changes))
