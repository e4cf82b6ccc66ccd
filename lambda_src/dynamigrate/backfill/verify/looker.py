"""What each thread does that looks at items and writes nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ...log import log_event
from ...transport.page import NoPage
from ..errors import ItemRefused
from ..findings import MOST_KEYS, Findings, key_text
from ..pages import Pages
from ..reader import PageSize
from ..reading_context import ReadingContext
from ..segment import Segment
from ..workers import WorkerContext
from .asking import Asking

if TYPE_CHECKING:
    from ...context import Context

# Of a thread: the first few say what is wrong with all.
_MOST_TOLD: Final = 3
# Of a page: so few may be wanted only because the scan read what the application had just changed.
_FEW: Final = 10
_logger = logging.getLogger(__name__)


class Looker:
    """
    Reads the pages of one segment at a time, and counts what transform would still change.

    Args:
        page_items: How many items to look at for one page.
        told: How many items of which it can't be told are named in the log.
    """

    def __init__(self, ctx: Context, context: WorkerContext, page_items: int, told: int = _MOST_TOLD) -> None:
        context = self._context = replace(context, transformer=context.transformer.given(ReadingContext(ctx)))
        self._page_items = page_items
        self._left_to_tell = told
        sender = context.sender()
        self._pages = Pages(context.reader, sender)
        self._asking = Asking(context, self._pages, sender)

    def work(self, segment: Segment) -> None:
        """
        Finish *segment*, from where it is, or as much of it as it says.

        Raises:
            Stopping: It has to be finished by another run.
            BackfillError: It can't be finished.
        """
        self._pages.begin(segment)
        size = PageSize(self._page_items)
        after = segment.after
        while True:
            self._context.control.enter()
            if segment.most is not None:
                size.items = min(size.items, segment.most - segment.tally.scanned)
            try:
                after = self._look(*self._pages.read(segment, after, size), segment)
            except NoPage as error:
                raise self._pages.illegible(error) from error
            if segment.is_enough:
                return

    def _look(self, answer: dict[str, Any], known: frozenset[str] | None, segment: Segment) -> Any:
        """Count what is wanted of the items of *answer*; returns the key to go on after, None: there is no more."""
        refused = partial(self._refused, segment)
        wanted = self._asking.wanted(answer, known, refused)
        if len(wanted) <= _FEW:
            wanted = self._asking.still_wanted(wanted, refused)
        key_of = self._context.reader.table.key_of
        if wanted:
            segment.found = segment.found.plus(
                Findings(
                    would_change=len(wanted),
                    unsettled=sum(not one.settles for one in wanted),
                    keys=tuple([key_text(key_of(one.raw)) for one in wanted[:MOST_KEYS]]),
                )
            )
        page = segment.open_page(answer.get("LastEvaluatedKey"))
        segment.ack(page)
        return page.after

    def _refused(self, segment: Segment, error: ItemRefused) -> None:
        segment.found = segment.found.plus(Findings(failed=1))
        self._left_to_tell -= 1
        if self._left_to_tell >= 0:
            sentence = f"It can't be told whether it would change: {error.message}"
            log_event(_logger, logging.WARNING, "verify.item_failed", sentence, error=error.message)
