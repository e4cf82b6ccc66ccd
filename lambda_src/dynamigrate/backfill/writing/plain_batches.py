"""Plain changes, in full batches."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ..codes import is_about_items
from ..sender import Courier
from ..service_errors import refusal, words
from ..settler import Settler
from .batch import Batches
from .plain import PlainBatch, PlainChange


class PlainBatches(Batches[PlainChange]):
    """``BatchWriteItem``, to whatever tables."""

    def __init__(self, courier: Courier, settler: Settler, *, size: int) -> None:
        super().__init__(size, lambda change: change.key)
        self._courier = courier
        self._settler = settler

    def _send(self, changes: list[PlainChange]) -> None:
        batch = PlainBatch(changes)
        try:
            answer = self._courier.write("BatchWriteItem", batch.request, len(changes))
        except ClientError as error:
            if not is_about_items(error):
                raise refusal(error, *batch.tables) from error
            if len(changes) == 1:
                what = f"led to a write to the table {changes[0].table.name} that was refused: {words(error)}"
                self._settler.give_up(changes[0], what, error)
                return
            # All are refused because of one.
            for change in changes:
                self._send([change])
            return
        left = batch.left(answer.get("UnprocessedItems") or {})
        if not left:
            self._settler.done(changes)
            self._courier.passed()
            return
        again = set(map(id, left))
        self._settler.done([change for change in changes if id(change) not in again])
        # Before what waits: of two on one item, the later is what it has in the end.
        self.queue.extendleft(reversed(left))
        self._courier.partly_refused(len(changes), throttled=[""] * len(left))
