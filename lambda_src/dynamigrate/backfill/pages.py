"""The pages of a segment, as they are read one after the other."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..transport.page import NoPage
from .errors import BackfillError
from .reader import ItemReader, PageSize
from .segment import Segment
from .sender import RequestSender
from .service_errors import refusal
from .values.codec import AttributeValue


class Pages:
    """Reads pages, counts them in their segment, and reads single items again. One thread's own."""

    def __init__(self, reader: ItemReader, sender: RequestSender) -> None:
        self._reader = reader
        self._sender = sender

    def begin(self, segment: Segment) -> None:
        """From now on requests are sent for *segment*, and counted there."""
        self._sender.tally, self._sender.segment = segment.tally, segment.number

    def read(self, segment: Segment, after: Any, size: PageSize) -> tuple[dict[str, Any], frozenset[str] | None]:
        """
        The answer to a Scan of what comes after the key *after* in *segment*, and what was read of its items; None: all.

        Raises:
            Stopping: The worker has to end.
            BackfillError: The service refuses it.
        """
        reader = self._reader
        try:
            answer, known = reader.page(self._sender, segment.number, after, size.items)
        except ClientError as error:
            raise refusal(error, reader.table.name) from error
        count = len(answer["Items"])
        scanned = answer.get("ScannedCount", count)
        size.learn(scanned, count)
        segment.tally.read += count
        segment.tally.scanned += scanned
        if reader.learner is not None and known is not None:
            reader.learner.read_narrow(count)
        return answer, known

    def whole(self, raw: dict[str, AttributeValue]) -> dict[str, AttributeValue] | None:
        """
        The item *raw*, of which too little was read, as it is now; None: it is gone, or the filter leaves it out.

        Raises:
            Stopping: The worker has to end.
            BackfillError: The service refuses it.
        """
        if (learner := self._reader.learner) is not None:
            learner.read_again()
        try:
            return self._reader.again(self._sender, raw)
        except ClientError as error:
            raise refusal(error, self._reader.table.name) from error

    def illegible(self, error: NoPage) -> BackfillError:
        """What to raise where what was read is no page."""
        return BackfillError(
            f"What DynamoDB answered to a scan of {self._reader.table.name} can't be read: {error}.",
            next_step="Run it again: it goes on from its checkpoint.",
        )
