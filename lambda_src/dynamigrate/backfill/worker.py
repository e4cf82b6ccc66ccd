"""One thread's work: segment after segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from ..clock import Clock
from .control import RunControl
from .errors import ItemRefused, Stopping
from .reader import ItemReader, PageSize
from .segment import Segment
from .sender import RequestSender
from .service_errors import refusal
from .writing.partiql import Statements
from .writing.transform import Transformer
from .writing.writer import Writer

# A change waits no longer than this for others to fill its batch.
_LONGEST_WAIT: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class WorkerContext:
    """What all workers share."""

    clock: Clock
    control: RunControl
    reader: ItemReader
    transformer: Transformer
    statements: Statements
    sender: Callable[[], RequestSender]
    batch: int
    skip: bool
    dry: bool


class Worker:
    """Reads the pages of one segment at a time, and writes what transform makes of them."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._sender = context.sender()

    def work(self, segment: Segment) -> None:
        """
        Finish *segment*, from where it is.

        Raises:
            Stopping: It has to be finished by another run.
            BackfillError: It can't be finished.
        """
        context = self._context
        self._sender.tally, self._sender.segment = segment.tally, segment.number
        writer = Writer(
            self._sender,
            context.reader,
            context.transformer,
            context.statements,
            segment,
            batch=context.batch,
            skip=context.skip,
            dry=context.dry,
        )
        size = PageSize()
        after = segment.after
        flushed = context.clock.monotonic()
        while True:
            try:
                context.control.enter()
            except Stopping:
                # What is in hand needs no more reading.
                writer.flush()
                raise
            answer = self._read(segment, after, size)
            after = answer.get("LastEvaluatedKey")
            self._transformer(answer.pop("Items"), after, segment, writer)
            if after is None:
                writer.flush()
                return
            now = context.clock.monotonic()
            if not writer.waiting:
                flushed = now
            elif now - flushed > _LONGEST_WAIT:
                writer.flush()
                flushed = now

    def _read(self, segment: Segment, after: Any, size: PageSize) -> dict[str, Any]:
        reader = self._context.reader
        try:
            answer = reader.page(self._sender, segment.number, after, size.items)
        except ClientError as error:
            raise refusal(error, reader.table.name) from error
        count = len(answer["Items"])
        scanned = answer.get("ScannedCount", count)
        size.learn(scanned, count)
        segment.tally.read += count
        segment.tally.scanned += scanned
        return answer

    def _transformer(self, items: list[dict[str, Any]], after: Any, segment: Segment, writer: Writer) -> None:
        change_of, take = self._context.transformer.change, writer.take
        page = segment.open_page(after)
        for raw in items:
            try:
                change = change_of(raw)
            except ItemRefused as error:
                writer.refused(error)
                continue
            if change is not None:
                change.page = page
                page.left += 1
                take(change)
        segment.settle(page)
