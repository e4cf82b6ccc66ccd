"""Items that somebody else changed while they were to be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from botocore.exceptions import ClientError

from ..capacity.rate_limiter import Turn
from ..errors import ItemRefused
from ..reader import Reading
from ..sender import Courier
from ..service_errors import refusal
from ..settler import Settler
from .partiql import Change
from .plain import PlainChange
from .transform import Rewrite

# An item that changes faster than this is not going to hold still.
_MOST_TRIES: Final = 20
# From then on nothing comes between reading and writing it: no batch to be filled, and no wait for the pace, which at a few
# units a second is longer than a busy item holds still.
_PATIENT_TRIES: Final = 3


class Conflicts:
    """
    Reads such an item again, and transforms it again.

    Args:
        queue: Takes what is to be written then.
        write: Writes at once, in a turn that was waited for.
    """

    def __init__(
        self,
        courier: Courier,
        reading: Reading,
        rewrite: Rewrite,
        settler: Settler,
        *,
        queue: Callable[[Change | PlainChange], None],
        write: Callable[[Change, Turn], None],
    ) -> None:
        self._courier = courier
        self._reading = reading
        self._rewrite = rewrite
        self._settler = settler
        self._queue = queue
        self._write = write

    def met(self, change: Change) -> None:
        """
        *change* was refused because the item is not as it was read.

        Raises:
            BackfillError: It can't be read, or written.
            Stopping: The worker has to end.
        """
        self._settler.conflict()
        turn = self._courier.wait_to_write() if change.tries + 1 >= _PATIENT_TRIES else None
        new = self._anew(change)
        if turn is not None and isinstance(new, Change):
            self._write(new, turn)
            return
        if turn is not None:
            self._courier.give_back(turn)
        if new is not None:
            self._queue(new)

    def _anew(self, change: Change) -> Change | PlainChange | None:
        """What is to be written instead; None: nothing, and *change* is settled."""
        try:
            now = self._reading.again(self._courier, change.raw)
        except ClientError as error:
            raise refusal(error, self._reading.table.name) from error
        if now is None:
            self._settler.gone(change)
            return None
        if self._rewrite.done(change, now):
            self._settler.done([change])
            return None
        if change.tries + 1 >= _MOST_TRIES:
            what = f"was changed by somebody else {_MOST_TRIES} times while it was to be written"
            self._settler.give_up(change, what)
            return None
        try:
            new = self._rewrite.change(now)
        except ItemRefused as error:
            self._settler.refused(error)
            new = None
        if new is None:
            self._settler.needless(change)
            return None
        new.page = change.page
        if isinstance(new, Change):
            new.tries = change.tries + 1
        return new
