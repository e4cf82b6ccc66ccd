"""What each thread does that settles what still would change."""

from __future__ import annotations

from typing import Any

from ..findings import MOST_KEYS, Findings, key_text
from ..segment import Segment
from ..workers import Worker, WorkerContext
from ..writing.writer import Writer
from .asking import Asking
from .second_call import not_settling


class Settler(Worker):
    """A worker of a further pass. It writes nothing of an item that would never settle."""

    def __init__(self, context: WorkerContext) -> None:
        super().__init__(context)
        self._asking = Asking(context, self._pages, self._sender)

    def _transform(self, answer: dict[str, Any], known: frozenset[str] | None, segment: Segment, writer: Writer) -> Any:
        """
        As `Worker` has it.

        Raises:
            BackfillError: Transform wants another change of what it has changed.
        """
        context = self._context
        wanted = self._asking.wanted(answer, known, writer.refused)
        for one in wanted:
            if not one.settles:
                raise not_settling(context.transformer.name, context.transformer.where(one.raw))
        if wanted:
            keys = [key_text(context.reader.table.key_of(one.raw)) for one in wanted[:MOST_KEYS]]
            segment.found = segment.found.plus(Findings(would_change=len(wanted), keys=tuple(keys)))
        page = segment.open_page(answer.get("LastEvaluatedKey"))
        for one in wanted:
            writer.take(one.write, page)
        segment.ack(page)
        return page.after


def worker_of(number: int) -> type[Worker]:
    """The class of those that work on the pass of that *number*."""
    return Worker if number == 1 else Settler
