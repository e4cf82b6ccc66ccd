"""Items that somebody else changed while they were to be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from botocore.exceptions import ClientError

from ..acknowledgements import Acknowledgements
from ..capacity.rate_limiter import Reservation
from ..errors import ItemRefused
from ..reader import ItemReader
from ..sender import RequestSender
from ..service_errors import refusal
from .partiql import ConditionalWrite
from .plain import UnconditionalWrite
from .transform import Transformer

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
        sender: RequestSender,
        reader: ItemReader,
        transformer: Transformer,
        acknowledgements: Acknowledgements,
        *,
        queue: Callable[[ConditionalWrite | UnconditionalWrite], None],
        write: Callable[[ConditionalWrite, Reservation], None],
    ) -> None:
        self._sender = sender
        self._reader = reader
        self._transformer = transformer
        self._acknowledgements = acknowledgements
        self._queue = queue
        self._write = write

    def met(self, change: ConditionalWrite) -> None:
        """
        *change* was refused because the item is not as it was read.

        Raises:
            BackfillError: It can't be read, or written.
            Stopping: The worker has to end.
        """
        self._acknowledgements.conflict()
        turn = self._sender.wait_to_write() if change.tries + 1 >= _PATIENT_TRIES else None
        new = self._anew(change)
        if turn is not None and isinstance(new, ConditionalWrite):
            self._write(new, turn)
            return
        if turn is not None:
            self._sender.give_back(turn)
        if new is not None:
            self._queue(new)

    def _anew(self, change: ConditionalWrite) -> ConditionalWrite | UnconditionalWrite | None:
        """What is to be written instead; None: nothing, and *change* is settled."""
        try:
            now = self._reader.again(self._sender, change.raw)
        except ClientError as error:
            raise refusal(error, self._reader.table.name) from error
        if now is None:
            self._acknowledgements.gone(change)
            return None
        if self._transformer.done(change, now):
            self._acknowledgements.done([change])
            return None
        if change.tries + 1 >= _MOST_TRIES:
            what = f"was changed by somebody else {_MOST_TRIES} times while it was to be written"
            self._acknowledgements.give_up(change, what)
            return None
        try:
            new = self._transformer.change(now)
        except ItemRefused as error:
            self._acknowledgements.refused(error)
            new = None
        if new is None:
            self._acknowledgements.needless(change)
            return None
        new.page = change.page
        if isinstance(new, ConditionalWrite):
            new.tries = change.tries + 1
        return new
