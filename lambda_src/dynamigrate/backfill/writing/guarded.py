"""Guarded changes, in batches of PartiQL statements."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from botocore.exceptions import ClientError

from ...transport.failures import PASSING, THROTTLED
from ..acknowledgements import Acknowledgements
from ..capacity.rate_limiter import Reservation
from ..codes import CONFLICT, ITEM, is_about_items
from ..reader import ItemReader
from ..sender import RequestSender
from ..service_errors import refusal
from .batch import Batches
from .conflict import Conflicts
from .partiql import ConditionalWrite
from .single import SingleWrites


class GuardedBatches(Batches[ConditionalWrite]):
    """``BatchExecuteStatement``, each statement with a condition and an answer of its own."""

    def __init__(
        self,
        sender: RequestSender,
        reader: ItemReader,
        acknowledgements: Acknowledgements,
        conflicts: Conflicts,
        single: SingleWrites,
        *,
        size: int,
    ) -> None:
        super().__init__(size, self._key_of if reader.repeats else None)
        self._sender = sender
        self._table = reader.table
        self._acknowledgements = acknowledgements
        self._conflicts = conflicts
        self._single = single

    def send_now(self, change: ConditionalWrite, turn: Reservation) -> None:
        """
        Write *change* alone, before all that is waiting, in the *turn* that was waited for.

        Raises:
            BackfillError: It can't be written.
            Stopping: The worker has to end.
        """
        self._send([change], turn)

    def _send(self, changes: list[ConditionalWrite], turn: Reservation | None = None) -> None:
        request = f'{{"Statements":[{",".join([change.text for change in changes])}]}}'
        try:
            responses = self._sender.write("BatchExecuteStatement", request, len(changes), turn)["Responses"]
        except ClientError as error:
            if not is_about_items(error):
                raise refusal(error, self._table.name) from error
            # The whole batch is refused because of one.
            for change in changes:
                self._single.send(change)
            return
        answered = list(zip(changes, responses, strict=True))
        self._acknowledgements.done([change for change, response in answered if not response.get("Error")])
        throttled, passing = [], 0
        for change, response in answered:
            refused = response.get("Error")
            if not refused:
                continue
            if refused["Code"] in THROTTLED:
                throttled.append(str(refused.get("Message", "")))
                self.queue.append(change)
            elif refused["Code"] in PASSING:
                passing += 1
                self.queue.append(change)
            else:
                self._refused(change, refused)
        if throttled or passing:
            self._sender.partly_refused(len(changes), throttled=throttled, passing=passing)
        else:
            self._sender.passed()

    def _refused(self, change: ConditionalWrite, refused: dict[str, Any]) -> None:
        code = refused["Code"]
        if code in CONFLICT:
            self._conflicts.met(change)
        elif code in ITEM:
            self._acknowledgements.give_up(change, f"was refused: {refused.get('Message', code)}")
        else:
            cause = ClientError({"Error": refused}, "BatchExecuteStatement")  # type: ignore[typeddict-item]
            raise refusal(cause, self._table.name) from cause

    def _key_of(self, change: ConditionalWrite) -> Hashable:
        return str(self._table.key_of(change.raw))
