"""Writes the changes of one segment, in full batches."""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Sequence
from typing import Final

from botocore.exceptions import ClientError

from ..wire.failures import PASSING, THROTTLED
from .courier import Courier
from .errors import Unwritable
from .plain import PlainBatch
from .reading import Reading
from .refusal import refusal, words
from .rewrite import ADVICE, ItemRefused, Rewrite
from .segment import Segment
from .statement import Change, Statements, action

_logger = logging.getLogger(__name__)

# An item that changes faster than this is not going to hold still.
_MOST_TRIES: Final = 20
# Changes in a request; also items in a BatchWriteItem.
BATCH: Final = 25
_ITEM_ERRORS: Final = frozenset(
    {
        "ValidationError",
        "ValidationException",
        "ItemCollectionSizeLimitExceededException",
        "ItemCollectionSizeLimitExceeded",
        # Text that is no Unicode.
        "SerializationException",
    }
)
_CONFLICT: Final = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})


class Writer:
    """
    Takes changes, and settles each with its page once it is acknowledged or needs no write any more.

    Args:
        skip: Leave items alone that can't be written, instead of raising.
        dry: Send nothing.
    """

    def __init__(
        self,
        courier: Courier,
        reading: Reading,
        rewrite: Rewrite,
        statements: Statements,
        segment: Segment,
        *,
        batch: int = BATCH,
        skip: bool = False,
        dry: bool = False,
    ) -> None:
        self._courier = courier
        self._reading = reading
        self._rewrite = rewrite
        self._statements = statements
        self._segment = segment
        self._batch = batch
        self._skip = skip
        self._dry = dry
        self._guarded: deque[Change] = deque()
        self._plain: deque[Change] = deque()

    @property
    def waiting(self) -> int:
        """Changes that were taken and not sent."""
        return len(self._guarded) + len(self._plain)

    def take(self, change: Change) -> None:
        """
        Write *change*, now or with later ones.

        Raises:
            BackfillError: It can't be written.
            Stopping: The worker has to end.
        """
        self._queue(change)
        while len(self._guarded) >= self._batch:
            self._send_guarded()
        while len(self._plain) >= self._batch:
            self._send_plain()

    def flush(self) -> None:
        """Write everything that is waiting; raises as `take`."""
        while self._guarded:
            self._send_guarded()
        while self._plain:
            self._send_plain()

    def refused(self, error: ItemRefused) -> None:
        """Count *error*, or raise it, as ``on_error`` says."""
        if not self._skip:
            raise error
        self._segment.tally.failed += 1
        _logger.warning("backfill.item_skipped", extra={"error": error.message})

    def _queue(self, change: Change) -> None:
        if self._dry:
            self._done(change)
        elif change.plain:
            self._plain.append(change)
        elif change.others is not None:
            self._transact(change)
        elif self._statements.write(change):
            self._guarded.append(change)
        else:
            self._alone(change)

    def _done(self, change: Change) -> None:
        self._segment.tally.written += 1
        self._segment.settle(change.page)

    def _give_up(self, change: Change, what: str, cause: Exception | None = None) -> None:
        where = self._rewrite.where(change.raw)
        advice = cause.next_step if isinstance(cause, Unwritable) else ""
        error = ItemRefused(f"{where[0].upper()}{where[1:]} {what}", next_step=advice or ADVICE)
        error.__cause__ = cause
        self.refused(error)
        self._segment.settle(change.page)

    def _send_guarded(self) -> None:
        changes = self._next(self._guarded)
        request = {
            "Statements": [{"Statement": change.text, "Parameters": change.parameters} for change in changes],
        }
        try:
            responses = self._courier.write("BatchExecuteStatement", request, len(changes))["Responses"]
        except ClientError as error:
            if not _is_about_items(error):
                raise refusal(error, self._reading.table.name) from error
            # The whole batch is refused because of one.
            for change in changes:
                self._alone(change)
            return
        throttled, message = 0, ""
        for change, response in zip(changes, responses, strict=True):
            refused = response.get("Error")
            if refused is None:
                self._done(change)
                continue
            code = refused["Code"]
            if code in _CONFLICT:
                self._conflict(change)
            elif code in THROTTLED or code in PASSING:
                throttled += 1
                message = refused.get("Message", "")
                self._guarded.append(change)
            elif code in _ITEM_ERRORS:
                self._give_up(change, f"was refused: {refused.get('Message', code)}")
            else:
                cause = ClientError({"Error": refused}, "BatchExecuteStatement")
                raise refusal(cause, self._reading.table.name) from cause
        if throttled:
            self._courier.partly_refused(throttled, len(changes), message)
        else:
            self._courier.passed()

    def _send_plain(self, changes: Sequence[Change] | None = None) -> None:
        changes = self._next(self._plain) if changes is None else changes
        batch = PlainBatch(changes)
        try:
            answer = self._courier.write("BatchWriteItem", batch.request, len(changes))
        except ClientError as error:
            if not _is_about_items(error):
                raise refusal(error, *batch.tables) from error
            if len(changes) == 1:
                what = f"led to a write to the table {batch.tables[0]} that was refused: {words(error)}"
                self._give_up(changes[0], what, error)
                return
            # All are refused because of one.
            for change in changes:
                self._send_plain([change])
            return
        left = batch.left(answer.get("UnprocessedItems") or {})
        again = set(map(id, left))
        for change in changes:
            if id(change) not in again:
                self._done(change)
        self._plain.extend(left)
        if left:
            self._courier.partly_refused(len(left), len(changes))
        else:
            self._courier.passed()

    def _alone(self, change: Change) -> None:
        try:
            kind, arguments = action(self._reading.table.name, self._reading.table.keys, change)
        except Unwritable as error:
            self._give_up(change, f"can't be written: {error.message}", error)
            return
        try:
            self._courier.write(f"{kind}Item", arguments, 1)
        except ClientError as error:
            if _code(error) in _CONFLICT:
                self._conflict(change)
            elif _is_about_items(error):
                self._give_up(change, f"was refused: {words(error)}", error)
            else:
                raise refusal(error, self._reading.table.name) from error
            return
        self._courier.passed()
        self._done(change)

    def _transact(self, change: Change) -> None:
        others = change.others or ()
        try:
            kind, arguments = action(self._reading.table.name, self._reading.table.keys, change)
        except Unwritable as error:
            self._give_up(change, f"can't be written: {error.message}", error)
            return
        request = {
            "TransactItems": [{kind: arguments}, *others],
            # Sent again, it is the same transaction, whether or not the first was carried out.
            "ClientRequestToken": secrets.token_hex(16),
        }
        try:
            self._courier.write("TransactWriteItems", request, 2 * (1 + len(others)))
        except ClientError as error:
            reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())]
            if reasons and reasons[0] in _CONFLICT:
                self._conflict(change)
            elif reasons or _is_about_items(error):
                self._give_up(change, f"led to a transaction that was refused: {words(error)}", error)
            else:
                tables = [self._reading.table.name, *(next(iter(one.values()))["TableName"] for one in others)]
                raise refusal(error, *dict.fromkeys(tables)) from error
            return
        self._courier.passed()
        self._done(change)

    def _conflict(self, change: Change) -> None:
        """Somebody changed the item since it was read: look at it again."""
        tally = self._segment.tally
        tally.conflicts += 1
        try:
            now = self._reading.again(self._courier, change.raw)
        except ClientError as error:
            raise refusal(error, self._reading.table.name) from error
        if now is None:
            tally.gone += 1
            self._segment.settle(change.page)
            return
        if self._rewrite.done(change, now):
            self._done(change)
            return
        if change.tries + 1 >= _MOST_TRIES:
            self._give_up(change, f"was changed by somebody else {_MOST_TRIES} times while it was to be written")
            return
        try:
            new = self._rewrite.change(now)
        except ItemRefused as error:
            self.refused(error)
            new = None
        if new is None:
            self._segment.settle(change.page)
            return
        new.page, new.tries = change.page, change.tries + 1
        self._queue(new)

    def _next(self, queue: deque[Change]) -> list[Change]:
        """A batch from *queue*; of two on one key, which the service refuses, the later stays for another."""
        if not self._reading.repeats and queue is self._guarded:
            return [queue.popleft() for _ in range(min(self._batch, len(queue)))]
        batch: dict[str, Change] = {}
        later = []
        while queue and len(batch) < self._batch:
            change = queue.popleft()
            key = change.key if change.plain else str(self._reading.table.key_of(change.raw))
            if batch.setdefault(key, change) is not change:
                later.append(change)
        queue.extendleft(reversed(later))
        return list(batch.values())


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _is_about_items(error: ClientError) -> bool:
    """Whether it is refused for what is in it, and would be with any other item too only by chance."""
    return _code(error) in _ITEM_ERRORS or _code(error) == "RequestEntityTooLarge"
