"""One function of a plan, called while nothing that writes is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..rehearsal import RehearsalOrder, Rehearsed
from . import item_answers, item_reads, item_writes, table_answers
from .ended import Ended
from .given_answers import succeeded
from .ledger import Ledger
from .request import Answer, Request
from .world import World

# Their answers have nothing that a caller needs, such as a checksum that it knows itself.
_ANSWERED: Final = frozenset({("s3", "PutObject"), ("s3", "DeleteObject"), ("s3", "DeleteObjects")})


class FunctionRun:
    """
    Answers the requests of one function, and counts them. Threads may share it.

    Attributes:
        order: How much of a backfill's table is looked at.
        ledger: What was counted.
        found: What backfills would do, the function itself or those that it called.
        ended: Why it ended before its time, a sentence; empty: it did not.

    Args:
        who: The migration, in words.
        over: Why there is no more time for it, a sentence; None: there is.
    """

    def __init__(
        self, world: World, who: str, order: RehearsalOrder, over: Callable[[], str | None] = lambda: None
    ) -> None:
        self.order = order
        self.ledger = Ledger()
        self.found: list[Rehearsed] = []
        self.ended = ""
        self._who = who
        self._world = world
        self._over = over
        self._refused: set[str] = set()
        self._reads = item_reads.ItemReads(world, self.ledger, who)
        self._items = item_answers.ItemAnswers(world, self.ledger, who)
        self._tables = table_answers.TableAnswers(world, self.ledger)
        self._changes = threading.RLock()

    def end(self, why: str) -> Ended:
        """From now on it gets no more answers; returns what ends it."""
        self.ended = self.ended or why
        return Ended(self.ended)

    def answer(self, request: Request) -> Answer:
        """
        What the function gets for *request*: the service's answer to what reads, to all else what the service would say.

        Raises:
            Ended: That can't be known, or it has ended before.
        """
        if self.ended:
            raise Ended(self.ended)
        if (over := self._over()) is not None:
            raise self.end(over)
        try:
            if request.only_reads:
                return self._read(request)
            # One after the other, so that what is known of the tables is always whole.
            with self._changes:
                return self._write(request)
        except Ended as end:
            raise self.end(f"{end.why} It was ended there: what it would do then is not known.") from None

    def stranger(self, service: str, operation: str) -> None:
        """A thread of somebody else's would have written something."""
        self.ledger.unknown(
            f"Another thread of this process wanted to send {operation} to {service}: it was refused, and if it worked for "
            "this migration, what it would have done is not known."
        )

    def past(self, what: str) -> Ended:
        """Something was about to be sent that no client knows of."""
        self.ledger.other("unknown", what)
        return self.end(
            f"It sends requests past boto3's clients ({what}), which can't be answered here. It was ended there: what it would "
            "do then is not known."
        )

    def notice(self, sentence: str) -> None:
        """It starts something that sends requests of its own."""
        self.ledger.unknown(sentence)

    def would(self, operation: str, table: str, request: Mapping[str, Any]) -> None:
        self.ledger.other("dynamodb", operation, table)
        self._tables.note(operation, table, request)

    def carry_out(self, rehearse: Callable[[RehearsalOrder], Rehearsed]) -> None:
        # What it reads for that is no part of what it would do.
        with self.ledger.aside():
            found = rehearse(self.order)
        self.found.append(found)
        for sentence in found.unknown:
            self.ledger.unknown(sentence)
        for table in found.writes_to:
            self._world.wrote(table, None, self._who)

    def _read(self, request: Request) -> Answer:
        if request.service in self._refused:
            self.ledger.unknown(
                f"It reads from {request.service} after requests to it that were not sent: what it finds is not what it would "
                "find."
            )
        if request.service == "dynamodb":
            if request.operation in item_reads.OPERATIONS:
                return self._reads.answer(request)
            if request.operation in table_answers.READS:
                return self._tables.read(request)
        return request.send()

    def _write(self, request: Request) -> Answer:
        service, operation = request.service, request.operation
        if self.ledger.is_aside:
            self.ledger.unknown(
                f"While it is asked what it would change of an item, it sends {operation} to {service} itself, and that is "
                "not counted."
            )
        if service == "dynamodb" and operation in item_writes.OPERATIONS:
            return self._items.answer(request)
        if service == "dynamodb" and operation in table_answers.CHANGES:
            return self._tables.change(request)
        self.ledger.other(service, operation, str(request.arguments.get("TableName", "")))
        if service != "dynamodb":
            self._refused.add(service)
        shape = request.model.output_shape
        if shape is None or not shape.members or (service, operation) in _ANSWERED:
            return succeeded({})
        raise Ended(f"It goes by what {service} answers to {operation}, which was not sent.")
