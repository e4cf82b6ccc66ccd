"""
A few pages of a table, and what transform would make of their items.

A deploy waits for it, so it takes what it gets at once; how many items would still change is told by a sample of so many
items, whatever that takes: `verify.draw`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from ...transport.item_size import item_size
from ..capacity.budgets import Budgets
from ..control import RunControl
from ..errors import ItemRefused, NoSample, Stopping
from ..options import Options
from ..reading_context import ReadingContext
from ..segment import MOST_PARTS
from ..table import Table
from ..workers import WorkerContext
from .write_units import Place, units_of

if TYPE_CHECKING:
    from ...context import Context
    from ...transport import Transport

# A table with no more items is seen whole, in one page.
_WHOLE: Final = 250
_PAGES: Final = 4
_PAGE_ITEMS: Final = 50
_PAGE_BYTES: Final = 256 * 1024
# To count a table by its parts: from how many on, and how many items are enough.
_FIRST_PARTS: Final = 16
_FINER: Final = 4
_ENOUGH_COUNTED: Final = 100
_MOST_COUNTED_PAGES: Final = 14
# A transform that asks another service takes long for each item.
_MOST_SECONDS: Final = 10.0


@dataclass(kw_only=True)
class Sample:
    """
    What was found.

    Attributes:
        whole: Whether it is all of the table.
        items: Items in the whole table, about.
        scanned: Items looked at; ``matched``: those of them that the filter let through.
        judged: Of the matched ones, those that transform was called for; there may be no time for all.
        written: Of the judged ones, those that something would be written for.
        read_bytes: What the matched ones have, as far as they were read.
        scanned_bytes: What those looked at have, by the units that reading them consumed.
        units: What the writes would consume.
    """

    whole: bool = False
    items: float = 0.0
    scanned: int = 0
    matched: int = 0
    judged: int = 0
    written: int = 0
    read_bytes: int = 0
    scanned_bytes: float = 0.0
    units: Counter[Place] = field(default_factory=Counter)


def take(options: Options, ctx: Context, table: Table, transport: Transport) -> Sample:
    """
    Look at a few pages of *table*, and have transform called for their items; nothing is written.

    A page that would have to wait for capacity is left out: a table with little of it is sampled less.

    Raises:
        NoSample: There is nothing to go by.
        LockLost, StopRequested: As transform raised it.
    """
    return _Sampler(options, ctx, table, transport).take()


class _Sampler:
    def __init__(self, options: Options, ctx: Context, table: Table, transport: Transport) -> None:
        self._ctx = ctx
        self._table = table
        self._skip = options.on_error == "skip"
        self._sample = Sample()
        control = RunControl(ctx.runtime.clock)
        # Nobody waits for a sample: who would have to wait gives up instead.
        control.stopping = True
        budgets = Budgets.of(options, table, ctx, segments=1)
        self._context = partial(
            WorkerContext.of,
            options,
            # What transform is given only reads, as this does.
            cast("Context", ReadingContext(ctx)),
            table,
            transport=transport,
            control=control,
            reads=budgets.reads,
            writes=budgets.writes,
            batch=budgets.batch,
        )
        self._until = ctx.runtime.clock.monotonic() + _MOST_SECONDS

    def take(self) -> Sample:
        sample, table = self._sample, self._table
        try:
            if table.items <= _WHOLE:
                sample.whole = self._look(1, 0, _WHOLE)
                sample.items = sample.scanned if sample.whole else self._counted()
            else:
                self._look_around()
                sample.items = max(table.items, sample.scanned)
        except Stopping:
            if not sample.scanned:
                raise NoSample("the table has no capacity to spare for a look at it") from None
            sample.items = max(sample.items, table.items, sample.scanned)
        if not sample.scanned and not sample.whole:
            raise NoSample("no item was met in the parts that were looked at")
        if sample.matched and not sample.judged:
            raise NoSample("there was no time to call transform")
        return sample

    def _look_around(self) -> None:
        most = min(_PAGE_ITEMS, max(1, int(_PAGE_BYTES * self._table.items / max(self._table.bytes, 1))))
        parts = min(max(_PAGES, self._table.items // (2 * most)), MOST_PARTS)
        for part in random.sample(range(parts), _PAGES):
            self._look(parts, part, most)

    def _counted(self) -> float:
        """Items in a table that the service has not counted yet: those of a few parts, as many times as there are parts."""
        parts, counts, found = _FIRST_PARTS, list[int](), 0.0
        for _ in range(_MOST_COUNTED_PAGES):
            before = self._sample.scanned
            ended = self._look(parts, random.randrange(parts), _PAGE_ITEMS)  # noqa: S311 - no secret
            count = self._sample.scanned - before
            if not ended and parts < MOST_PARTS:
                # Each part is at least as large.
                found, parts = max(found, float(count * parts)), min(parts * _FINER, MOST_PARTS)
                counts.clear()
                continue
            counts.append(count)
            if sum(counts) >= _ENOUGH_COUNTED:
                break
        return max(parts * sum(counts) / len(counts) if counts else found, self._sample.scanned)

    def _look(self, parts: int, part: int, items: int) -> bool:
        """
        Take a page from a *part* of so many *parts* into the sample; returns whether it has no further one.

        Raises:
            Stopping: There is no capacity for it now.
            ClientError: The service refuses it.
        """
        if self._ctx.stop_reason() is not None:
            raise Stopping
        context, sample = self._context(segments=parts), self._sample
        sender = context.sender()
        answer, _ = context.reader.page(sender, part, None, items)
        found = answer["Items"]
        sample.scanned += answer.get("ScannedCount", len(found))
        sample.matched += len(found)
        sample.scanned_bytes += sender.tally.read_units * (4096 if self._table.consistent else 8192)
        for raw, units in self._judged(context, found):
            sample.read_bytes += item_size(raw)
            if units is not None:
                sample.written += 1
                sample.units.update(units)
        return answer.get("LastEvaluatedKey") is None

    def _judged(
        self, context: WorkerContext, found: list[dict[str, Any]]
    ) -> Iterator[tuple[dict[str, Any], Counter[Place] | None]]:
        """Each item with what writing it would consume; None: nothing is to be written."""
        transformer, clock = context.transformer, self._ctx.runtime.clock
        unread = 0.0
        if self._table.item_bytes and context.reader.known is not None and found:
            unread = max(self._table.item_bytes - sum(map(item_size, found)) / len(found), 0.0)
        for raw in found:
            if clock.monotonic() > self._until:
                return
            self._sample.judged += 1
            try:
                write = transformer.write_for(raw)
            except ItemRefused:
                if not self._skip:
                    raise
                write = None
            yield (
                raw,
                None
                if write is None
                else units_of(write, raw, self._table, transformer.other_items.known, unread=unread),
            )
