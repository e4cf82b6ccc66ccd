"""What each thread of a backfill does: one segment, page after page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from ..clock import Clock
from ..transport import Transport
from ..transport.page import NoPage, with_texts
from .capacity.rate_limiter import Budget
from .control import RunControl
from .errors import ItemRefused, Stopping
from .learning import NotRead
from .options import Options
from .pages import Pages
from .reader import ItemReader, PageSize
from .segment import Segment
from .sender import RequestSender
from .table import Table
from .writing.other_items import OtherItems
from .writing.partiql import Statements
from .writing.transform import Transformer
from .writing.writer import Writer

if TYPE_CHECKING:
    from ..context import Context

# A write waits no longer than this for others to fill its batch.
_LONGEST_WAIT: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class WorkerContext:
    """What all workers share."""

    clock: Clock
    control: RunControl
    reader: ItemReader
    transformer: Transformer
    other_items: OtherItems
    statements: Statements
    sender: Callable[[], RequestSender]
    batch: int
    skip: bool
    dry: bool

    @classmethod
    def of(
        cls,
        options: Options,
        ctx: Context,
        table: Table,
        *,
        transport: Transport,
        control: RunControl,
        reads: Budget,
        writes: Budget,
        segments: int,
        batch: int,
        learn: bool | None = None,
    ) -> Self:
        """
        For workers on a *table* that is scanned in so many *segments*, with so many writes in a request.

        Args:
            learn: Whether they read no more of an item than transform asks for. Unless given, all but dry runs do: these
                look closely, at the size of whole items too.
        """
        stamp = (f"_migration_{ctx.migration.id}", str(ctx.direction.value)) if options.once else None
        reader = ItemReader(
            table,
            segments=segments,
            index=options.index,
            filter=options.filter,
            projection=options.projection,
            beside=[stamp[0]] if stamp else [],
            learn=not ctx.dry_run if learn is None else learn,
        )
        other_items = OtherItems(transport, table, ctx.tables)
        transformer = Transformer(
            options.transform,
            ctx,
            reader,
            other_items,
            stamp=stamp,
            guarded=not options.overwrite,
        )
        return cls(
            clock=ctx.runtime.clock,
            control=control,
            reader=reader,
            transformer=transformer,
            other_items=other_items,
            statements=Statements(table.name, table.keys),
            sender=partial(
                RequestSender, transport, control, ctx.runtime.clock, table=table, reads=reads, writes=writes
            ),
            batch=batch,
            skip=options.on_error == "skip",
            dry=ctx.dry_run,
        )


class Worker:
    """Reads the pages of one segment at a time, and writes what transform makes of them."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._sender = context.sender()
        self._pages = Pages(context.reader, self._sender)

    def work(self, segment: Segment) -> None:
        """
        Finish *segment*, from where it is.

        Raises:
            Stopping: It has to be finished by another run.
            BackfillError: It can't be finished.
        """
        context = self._context
        self._pages.begin(segment)
        writer = Writer(
            self._sender,
            context.reader,
            context.transformer,
            context.statements,
            segment,
            batch=context.batch,
            skip=context.skip,
            dry=context.dry,
        )
        size = PageSize()
        after = segment.after
        flushed = context.clock.monotonic()
        while not segment.lost:
            try:
                context.control.enter()
            except Stopping:
                # What is in hand needs no more reading.
                writer.flush()
                raise
            try:
                # Held by no name here: a page is let go before the next one is read.
                after = self._transform(*self._pages.read(segment, after, size), segment, writer)
            except NoPage as error:
                raise self._pages.illegible(error) from error
            if after is None:
                writer.flush()
                return
            now = context.clock.monotonic()
            if not writer.waiting:
                flushed = now
            elif now - flushed > _LONGEST_WAIT:
                writer.flush()
                flushed = now

    def _transform(self, answer: dict[str, Any], known: frozenset[str] | None, segment: Segment, writer: Writer) -> Any:
        """Take what transform makes of each item of *answer*; returns the key to go on after, None: there is no more."""
        write_for, take = self._context.transformer.write_for, writer.take
        page = segment.open_page()
        for raw, text in with_texts(answer["Items"]):
            try:
                try:
                    write = write_for(raw, known, text)
                except NotRead:
                    whole = self._pages.whole(raw)
                    write = None if whole is None else write_for(whole)
            except ItemRefused as error:
                writer.refused(error)
                continue
            if write is not None:
                take(write, page)
        # Only now is it certain: what stands behind the items is read behind them.
        page.after = answer.get("LastEvaluatedKey")
        segment.ack(page)
        return page.after
