"""What became of changes: counted, and settled with the pages that they came from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..log import log_event
from .errors import ItemRefused
from .segment import Segment
from .writing.partiql import ConditionalWrite
from .writing.plain import UnconditionalWrite

_logger = logging.getLogger(__name__)


class Acknowledgements:
    """
    Of one segment.

    Args:
        where: Names the item that is given to it, in words.
        skip: Leave items alone that can't be written, instead of raising.
    """

    def __init__(self, segment: Segment, where: Callable[[Mapping[str, Any]], str], *, skip: bool) -> None:
        self._segment = segment
        self._where = where
        self._skip = skip

    def done(self, changes: Iterable[ConditionalWrite | UnconditionalWrite]) -> None:
        """They are written."""
        pages = [change.page for change in changes]
        self._segment.tally.written += len(pages)
        self._segment.settle(*pages)

    def needless(self, change: ConditionalWrite) -> None:
        """It need not be written any more."""
        self._segment.settle(change.page)

    def conflict(self) -> None:
        """Somebody else changed an item meanwhile."""
        self._segment.tally.conflicts += 1

    def gone(self, change: ConditionalWrite) -> None:
        """Somebody else deleted the item."""
        self._segment.tally.gone += 1
        self._segment.settle(change.page)

    def give_up(self, change: ConditionalWrite | UnconditionalWrite, what: str, cause: Exception | None = None) -> None:
        """
        It can't be written: *what* follows the item's name.

        Raises:
            ItemRefused: Such items are not to be skipped.
        """
        where = self._where(change.raw)
        error = ItemRefused.because(cause, f"{where[0].upper()}{where[1:]} {what}")
        error.__cause__ = cause
        self.refused(error)
        self._segment.settle(change.page)

    def refused(self, error: ItemRefused) -> None:
        """There is no change, because of *error*; raises as `give_up`."""
        if not self._skip:
            raise error
        self._segment.tally.failed += 1
        log_event(
            _logger, logging.WARNING, "backfill.item_skipped", f"Left as it is: {error.message}", error=error.message
        )
