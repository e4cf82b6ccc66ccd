"""Plain changes, in full batches."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ..acknowledgements import Acknowledgements
from ..codes import is_about_items
from ..sender import RequestSender
from ..service_errors import refusal, words
from .batch import Batches
from .plain import PlainBatch, UnconditionalWrite


class PlainBatches(Batches[UnconditionalWrite]):
    """``BatchWriteItem``, to whatever tables."""

    def __init__(self, sender: RequestSender, acknowledgements: Acknowledgements, *, size: int) -> None:
        super().__init__(size, lambda change: change.key)
        self._sender = sender
        self._acknowledgements = acknowledgements

    def _send(self, changes: list[UnconditionalWrite]) -> None:
        batch = PlainBatch(changes)
        try:
            answer = self._sender.write("BatchWriteItem", batch.request, len(changes))
        except ClientError as error:
            if not is_about_items(error):
                raise refusal(error, *batch.tables) from error
            if len(changes) == 1:
                what = f"led to a write to the table {changes[0].table.name} that was refused: {words(error)}"
                self._acknowledgements.give_up(changes[0], what, error)
                return
            # All are refused because of one.
            for change in changes:
                self._send([change])
            return
        left = batch.left(answer.get("UnprocessedItems") or {})
        if not left:
            self._acknowledgements.done(changes)
            self._sender.passed()
            return
        again = set(map(id, left))
        self._acknowledgements.done([change for change in changes if id(change) not in again])
        # Before what waits: of two on one item, the later is what it has in the end.
        self.queue.extendleft(reversed(left))
        self._sender.partly_refused(len(changes), throttled=[""] * len(left))
