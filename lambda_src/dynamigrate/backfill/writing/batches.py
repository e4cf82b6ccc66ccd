"""Writes that share a request."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from ...transport.failures import PASSING, THROTTLED
from ...transport.json_text import quoted
from ..capacity.rate_limiter import Reservation
from ..reader import ItemReader
from ..sender import RequestSender
from ..service_errors import CONFLICT, ITEM, is_about_items, refusal, words
from ..values.codec import decode_all
from .item_writes import Attempt, ConditionalWrite, Identity, Rejected, UnconditionalWrite, WriteResult, identity
from .singles import SingleWrites


class StatementBatches:
    """``BatchExecuteStatement``: each statement has a condition and an answer of its own."""

    def __init__(self, sender: RequestSender, reader: ItemReader) -> None:
        self._sender = sender
        self._table = reader.table
        self._singles = SingleWrites(sender, reader.table)
        self.key = self._key_of if reader.repeats else None

    def write(
        self, attempts: Sequence[Attempt[ConditionalWrite]], reservation: Reservation | None = None
    ) -> WriteResult[ConditionalWrite]:
        statements = ",".join([attempt.text for attempt in attempts])
        capacity = self._sender.consumed_capacity
        request = f'{{"ReturnConsumedCapacity":"{capacity}","Statements":[{statements}]}}'.encode()
        try:
            responses = self._sender.write("BatchExecuteStatement", request, len(attempts), reservation)["Responses"]
        except ClientError as error:
            if is_about_items(error):
                return WriteResult(apart=attempts)
            raise refusal(error, self._table.name) from error
        errors = [response.get("Error") for response in responses]
        if len(errors) == len(attempts) and not any(errors):
            return WriteResult(acknowledged=attempts)
        return self._sorted(zip(attempts, errors, strict=True))

    def write_alone(
        self, attempt: Attempt[ConditionalWrite], reservation: Reservation | None = None
    ) -> WriteResult[ConditionalWrite]:
        return self._singles.write(attempt, reservation)

    def _sorted(
        self, answered: Iterable[tuple[Attempt[ConditionalWrite], dict[str, Any] | None]]
    ) -> WriteResult[ConditionalWrite]:
        """Each attempt by the error that its statement met, if it met one."""
        acknowledged, conflicted, throttled, interrupted = [], [], [], []
        rejected, reasons, failure = [], [], None
        for attempt, error in answered:
            if not error:
                acknowledged.append(attempt)
                continue
            code, message = error["Code"], str(error.get("Message", ""))
            if code in CONFLICT:
                conflicted.append(attempt)
            elif code in THROTTLED:
                throttled.append(attempt)
                reasons.append(message)
            elif code in PASSING:
                interrupted.append(attempt)
            elif code in ITEM:
                rejected.append(Rejected(attempt, f"was refused: {message or code}"))
            else:
                cause = ClientError({"Error": error}, "BatchExecuteStatement")  # type: ignore[typeddict-item]
                failure = failure or refusal(cause, self._table.name)
                failure.__cause__ = failure.__cause__ or cause
        return WriteResult(
            acknowledged=acknowledged,
            conflicted=conflicted,
            throttled=throttled,
            interrupted=interrupted,
            rejected=rejected,
            reasons=reasons,
            failure=failure,
        )

    def _key_of(self, attempt: Attempt[ConditionalWrite]) -> Hashable:
        return str(self._table.key_of(attempt.write.raw))


class ItemBatches:
    """``BatchWriteItem``, to whatever tables: no two writes of one are to the same item."""

    def __init__(self, sender: RequestSender) -> None:
        self._sender = sender

    def key(self, attempt: Attempt[UnconditionalWrite]) -> Hashable:
        return attempt.write.key

    def write(
        self, attempts: Sequence[Attempt[UnconditionalWrite]], reservation: Reservation | None = None
    ) -> WriteResult[UnconditionalWrite]:
        request = item_request([attempt.write for attempt in attempts], self._sender.consumed_capacity)
        try:
            answer = self._sender.write("BatchWriteItem", request, len(attempts), reservation)
        except ClientError as error:
            if not is_about_items(error):
                raise refusal(error, *dict.fromkeys(attempt.write.table.name for attempt in attempts)) from error
            if len(attempts) > 1:
                return WriteResult(apart=attempts)
            table = attempts[0].write.table.name
            what = f"led to a write to the table {table} that was refused: {words(error)}"
            return WriteResult(rejected=[Rejected(attempts[0], what, error)])
        unprocessed = answer.get("UnprocessedItems")
        if not unprocessed:
            return WriteResult(acknowledged=attempts)
        returned = returned_keys([attempt.write for attempt in attempts], unprocessed)
        throttled = [attempt for attempt in attempts if attempt.write.key in returned]
        acknowledged = [attempt for attempt in attempts if attempt.write.key not in returned]
        return WriteResult(acknowledged=acknowledged, throttled=throttled, reasons=[""] * len(throttled))

    def write_alone(
        self, attempt: Attempt[UnconditionalWrite], reservation: Reservation | None = None
    ) -> WriteResult[UnconditionalWrite]:
        return self.write([attempt], reservation)


def item_request(writes: Sequence[UnconditionalWrite], consumed_capacity: str) -> bytes:
    """
    The arguments of a ``BatchWriteItem``, as JSON.

    Args:
        consumed_capacity: What is asked for as ``ReturnConsumedCapacity``.
    """
    entries: dict[str, list[str]] = {}
    for write in writes:
        entries.setdefault(write.table.name, []).append(write.text)
    # Composed in one go: of large items, each copy costs.
    parts = [f'{{"ReturnConsumedCapacity":"{consumed_capacity}","RequestItems":']
    before = "{"
    for table, texts in entries.items():
        parts.append(f"{before}{quoted(table)}:")
        before = "["
        for text in texts:
            parts += (before, text)
            before = ","
        before = "],"
    parts.append("]}}")
    return "".join(parts).encode()


def returned_keys(
    writes: Sequence[UnconditionalWrite], unprocessed: Mapping[str, Sequence[dict[str, Any]]]
) -> set[Identity]:
    """The keys of those of *writes* that the service sent back as *unprocessed*."""
    tables = {write.table.name: write.table for write in writes}
    keys = {
        identity(table, decode_all(table.key_of(next(iter(content.values())))))
        for name, entries in unprocessed.items()
        if (table := tables.get(name))
        for entry in entries
        for content in entry.values()
    }
    sent = {write.key for write in writes}
    # The service may write a key its own way. To write an item again that was written does no harm.
    return sent & keys if len(sent & keys) == sum(map(len, unprocessed.values())) else sent
